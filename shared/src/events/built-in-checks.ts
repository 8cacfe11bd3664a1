// Without zod, so that receivers and subscriptions of the built-in events need no schema library.
import type {
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaResult,
} from '../catalog/standard-schema.ts';

/** What a field of a built-in event must be. A trailing `?` also allows null. */
export type FieldKind =
  | 'text'
  | 'label'
  | 'label?'
  | 'integer'
  | 'count'
  | 'time'
  | 'time?'
  | 'license status';

/**
 * The fields of each built-in event in the order of delivery, like those of its zod schema. A test compares the
 * two.
 */
export const builtInFields: Readonly<Record<string, Readonly<Record<string, FieldKind>>>> = {
  'user.login': { userId: 'text', username: 'text', ip: 'text', hwid: 'text', appId: 'text' },
  'user.register': { userId: 'text', username: 'text', licenseKey: 'text', ip: 'text', appId: 'text' },
  'user.ban': { userId: 'text', username: 'text', reason: 'text', bannedBy: 'text', appId: 'text' },
  'license.activate': {
    licenseId: 'text',
    key: 'text',
    durationType: 'text',
    level: 'integer',
    activatedBy: 'text',
    appId: 'text',
  },
  'license.expire': {
    licenseId: 'text',
    key: 'text',
    durationType: 'text',
    level: 'integer',
    userId: 'text',
    expiredAt: 'time',
    appId: 'text',
  },
  'license.delete': { licenseId: 'text', key: 'text', deletedBy: 'text', appId: 'text' },
  'file.download': {
    userId: 'text',
    username: 'text',
    fileId: 'text',
    fileName: 'text',
    ip: 'text',
    appId: 'text',
  },
  'session.create': {
    sessionId: 'text',
    userId: 'text',
    username: 'text',
    ip: 'text',
    hwid: 'text',
    expiresAt: 'time',
    appId: 'text',
  },
  test: { message: 'text', appId: 'text', webhookId: 'text' },
  'license.validated': { licenseKey: 'text', appId: 'text', status: 'license status', hwid: 'text' },
  'license.created': {
    licenseKey: 'text',
    appId: 'text',
    status: 'license status',
    expiresAt: 'time?',
    maxHwidSlots: 'count',
    label: 'label?',
  },
  'license.revoked': { licenseKey: 'text', appId: 'text', status: 'license status' },
  'license.activated': { licenseKey: 'text', appId: 'text', status: 'license status' },
  'license.hwid_bound': {
    licenseKey: 'text',
    appId: 'text',
    status: 'license status',
    hwid: 'text',
    slot: 'count',
    maxHwidSlots: 'count',
    ip: 'text',
  },
  'license.hwid_reset': { licenseKey: 'text', appId: 'text', status: 'license status', hwidCount: 'count' },
  'license.deleted': { licenseKey: 'text', appId: 'text', status: 'license status' },
  'test.ping': { licenseKey: 'text', appId: 'text', message: 'text' },
};

/** Returns a schema of the `data` of a built-in event that needs no library, or undefined for other types. */
export function findBuiltInSchema(type: string): StandardSchema | undefined {
  if (!Object.hasOwn(builtInFields, type)) return undefined;
  const fields = Object.entries(builtInFields[type] ?? {});
  return { '~standard': { version: 1, vendor: 'tocsin', validate: (value) => check(value, fields) } };
}

function check(
  value: unknown,
  fields: readonly (readonly [string, FieldKind])[],
): StandardSchemaResult<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { issues: [{ message: 'must be an object' }] };
  }
  const issues = fields.flatMap(([field, kind]): StandardSchemaIssue[] => {
    const found = Object.getOwnPropertyDescriptor(value, field)?.value as unknown;
    const message = found === undefined ? 'is missing' : findFault(found, kind);
    return message === undefined ? [] : [{ path: [field], message }];
  });
  return issues.length > 0 ? { issues } : { value };
}

function findFault(value: unknown, kind: FieldKind): string | undefined {
  switch (kind) {
    case 'text':
      return typeof value === 'string' && value !== '' ? undefined : 'must be a string that is not empty';
    case 'label':
      return typeof value === 'string' ? undefined : 'must be a string';
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : 'must be an integer';
    case 'count':
      return Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : 'must be an integer from 0';
    case 'time':
      return isTime(value) ? undefined : 'must be a time in UTC, such as 2026-01-01T00:00:00Z';
    case 'license status':
      return value === 'active' || value === 'revoked' ? undefined : "must be 'active' or 'revoked'";
    case 'label?':
      return value === null ? undefined : findFault(value, 'label');
    case 'time?':
      return value === null ? undefined : findFault(value, 'time');
  }
}

const timePattern = /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/;

function isTime(value: unknown): boolean {
  const day = typeof value === 'string' ? timePattern.exec(value)?.[1] : undefined;
  if (day === undefined) return false;
  const midnight = new Date(`${day}T00:00:00Z`);
  // A day that its month does not have is invalid, or becomes another day.
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
