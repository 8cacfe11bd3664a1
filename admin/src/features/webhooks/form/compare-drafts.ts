import { formatLabels, profileLabels } from '../../../lib/labels.ts';
import { isSame, type WebhookDraft } from './webhook-draft.ts';

type Field = Exclude<keyof WebhookDraft, 'pendingDeliveries' | 'enabled' | 'clientCertificate'>;

/** A field that another caller changed while the form was open. */
export interface FieldDifference {
  readonly label: string;
  /** The value that is stored now. */
  readonly stored: string;
  /** The value in the form. */
  readonly edited: string;
}

const none = 'none';

const fields: Record<Field, { label: string; toText: (draft: WebhookDraft) => string }> = {
  url: { label: 'URL', toText: ({ url }) => url },
  events: { label: 'Events', toText: ({ events }) => [...events].sort().join(', ') },
  eventVersions: {
    label: 'Pinned versions',
    toText: ({ eventVersions }) =>
      Object.entries(eventVersions)
        .map(([type, version]) => `${type}: ${version}`)
        .join(', ') || none,
  },
  profile: { label: 'Signing', toText: ({ profile }) => profileLabels[profile].name },
  signing: { label: 'Signature', toText: ({ signing }) => (signing === 'hmac' ? 'HMAC' : 'Ed25519') },
  format: { label: 'Format', toText: ({ format }) => formatLabels[format].name },
  headers: {
    label: 'Headers',
    toText: ({ headers }) => headers.map(({ name, value }) => `${name}: ${value}`).join(', ') || none,
  },
  description: { label: 'Description', toText: ({ description }) => description || none },
  rateLimit: { label: 'Rate limit', toText: ({ rateLimit }) => (rateLimit === null ? none : `${rateLimit}`) },
  storedCertificate: {
    label: 'Client certificate',
    toText: ({ storedCertificate, clientCertificate }) =>
      clientCertificate
        ? 'a new one'
        : clientCertificate === null
          ? none
          : (storedCertificate?.subject ?? none),
  },
};

/**
 * Fields of one decision: credentials belong to a receiver, so a value for one URL is not applied to another.
 */
const groups: readonly (readonly Field[])[] = [
  ['url', 'headers', 'storedCertificate'],
  ['events', 'eventVersions'],
  ['profile', 'signing', 'format'],
  ['description'],
  ['rateLimit'],
];

interface DraftVersions {
  /** As the form was opened. */
  readonly initial: WebhookDraft;
  /** As the form is now. */
  readonly edited: WebhookDraft;
  /** As the operator last saw the stored webhook. */
  readonly seen: WebhookDraft;
  /** As it is stored now. */
  readonly stored: WebhookDraft;
}

/** Compares what the operator edited with what others changed since the operator saw the webhook. */
export function compareDrafts({ initial, edited, seen, stored }: DraftVersions) {
  const changed = listChanged(seen, stored);
  const own = listChanged(initial, edited);
  return {
    /** What others changed. */
    differences: changed.map((field): FieldDifference => {
      const { label, toText } = fields[field];
      return { label, stored: toText(stored), edited: toText(edited) };
    }),
    /** Whether both changed the same part, so that the operator has to choose. */
    isConflict: groups.some(
      (group) =>
        group.some((field) => own.includes(field)) &&
        group.some((field) => changed.includes(field) && !hasSame(field, edited, stored)),
    ),
  };
}

function listChanged(before: WebhookDraft, after: WebhookDraft): Field[] {
  return groups.flat().filter((field) => !hasSame(field, before, after));
}

function hasSame(field: Field, a: WebhookDraft, b: WebhookDraft): boolean {
  if (field === 'events') return isSame([...a.events].sort(), [...b.events].sort());
  if (field !== 'storedCertificate') return isSame(a[field], b[field]);
  return isSame(a.clientCertificate, b.clientCertificate) && isSame(a.storedCertificate, b.storedCertificate);
}
