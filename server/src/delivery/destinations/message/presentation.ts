import type { AnyEventType, EventPayload, FieldPresentation, FieldStyle, Presentation } from '@tocsin/shared';

/**
 * Only cataloged fields appear. A publisher may add other fields, and some of them, such as a session token
 * or an e-mail address, must not appear in a channel. The footer shows `appId`.
 */
const presentations: {
  readonly [K in AnyEventType]: Presentation<Extract<keyof EventPayload<K>, string>>;
} = {
  'user.login': {
    title: 'User logged in',
    kind: 'sign-in',
    subject: 'username',
    fields: [
      field('username', 'User', 'name'),
      field('userId', 'User ID', 'id'),
      field('ip', 'IP address', 'id'),
      field('hwid', 'Hardware ID', 'id'),
    ],
  },
  'user.register': {
    title: 'New user registered',
    kind: 'creation',
    subject: 'username',
    fields: [
      field('username', 'User', 'name'),
      field('userId', 'User ID', 'id'),
      field('licenseKey', 'License key', 'key'),
      field('ip', 'IP address', 'id'),
    ],
  },
  'user.ban': {
    title: 'User banned',
    kind: 'removal',
    subject: 'username',
    fields: [
      field('username', 'User', 'name'),
      field('userId', 'User ID', 'id'),
      field('bannedBy', 'Banned by', 'id'),
      field('reason', 'Reason', 'long'),
    ],
  },
  'license.activate': {
    title: 'License used for the first time',
    kind: 'neutral',
    subject: 'key',
    fields: [
      field('key', 'License key', 'key'),
      field('activatedBy', 'Activated by', 'id'),
      field('durationType', 'Duration', 'name'),
      field('level', 'Level', 'name'),
      field('licenseId', 'License ID', 'id'),
    ],
  },
  'license.expire': {
    title: 'License expired',
    kind: 'neutral',
    subject: 'key',
    fields: [
      field('key', 'License key', 'key'),
      field('userId', 'User ID', 'id'),
      field('expiredAt', 'Expired', 'time'),
      field('durationType', 'Duration', 'name'),
      field('level', 'Level', 'name'),
      field('licenseId', 'License ID', 'id'),
    ],
  },
  'license.delete': {
    title: 'License deleted',
    kind: 'removal',
    subject: 'key',
    fields: [
      field('key', 'License key', 'key'),
      field('deletedBy', 'Deleted by', 'id'),
      field('licenseId', 'License ID', 'id'),
    ],
  },
  'file.download': {
    title: 'File downloaded',
    kind: 'neutral',
    subject: 'fileName',
    fields: [
      field('fileName', 'File', 'name'),
      field('username', 'User', 'name'),
      field('ip', 'IP address', 'id'),
      field('fileId', 'File ID', 'id'),
      field('userId', 'User ID', 'id'),
    ],
  },
  'session.create': {
    title: 'Session started',
    kind: 'sign-in',
    subject: 'username',
    fields: [
      field('username', 'User', 'name'),
      field('userId', 'User ID', 'id'),
      field('ip', 'IP address', 'id'),
      field('hwid', 'Hardware ID', 'id'),
      field('expiresAt', 'Session ends', 'time'),
      field('sessionId', 'Session ID', 'id'),
    ],
  },
  test: {
    title: 'Test ping',
    kind: 'neutral',
    paragraph: 'message',
    fields: [field('webhookId', 'Webhook', 'id')],
  },
  'license.validated': {
    title: 'License validated',
    kind: 'sign-in',
    subject: 'licenseKey',
    fields: [
      field('licenseKey', 'License key', 'key'),
      field('status', 'Status', 'name'),
      field('hwid', 'Hardware ID', 'id'),
    ],
  },
  'license.created': {
    title: 'License created',
    kind: 'creation',
    subject: 'licenseKey',
    fields: [
      field('licenseKey', 'License key', 'key'),
      field('label', 'Label', 'name'),
      field('expiresAt', 'Expires', 'time'),
      field('maxHwidSlots', 'Device slots', 'name'),
    ],
  },
  'license.revoked': {
    title: 'License revoked',
    kind: 'removal',
    subject: 'licenseKey',
    fields: [field('licenseKey', 'License key', 'key')],
  },
  'license.activated': {
    title: 'License reactivated',
    kind: 'neutral',
    subject: 'licenseKey',
    fields: [field('licenseKey', 'License key', 'key')],
  },
  'license.hwid_bound': {
    title: 'Device bound to license',
    kind: 'neutral',
    subject: 'licenseKey',
    fields: [
      field('licenseKey', 'License key', 'key'),
      field('hwid', 'Hardware ID', 'id'),
      field('ip', 'IP address', 'id'),
      field('slot', 'Slot (from 0)', 'name'),
      field('maxHwidSlots', 'Slots in all', 'name'),
    ],
  },
  'license.hwid_reset': {
    title: 'Devices unbound from license',
    kind: 'neutral',
    subject: 'licenseKey',
    fields: [field('licenseKey', 'License key', 'key'), field('hwidCount', 'Devices unbound', 'name')],
  },
  'license.deleted': {
    title: 'License deleted',
    kind: 'removal',
    subject: 'licenseKey',
    fields: [field('licenseKey', 'License key', 'key'), field('status', 'Last status', 'name')],
  },
  'test.ping': {
    title: 'Test ping',
    kind: 'neutral',
    paragraph: 'message',
    fields: [],
  },
};

export function getPresentation(type: AnyEventType): Presentation {
  return presentations[type];
}

function field<const TKey extends string>(
  key: TKey,
  label: string,
  style: FieldStyle,
): FieldPresentation<TKey> {
  return { key, label, style };
}
