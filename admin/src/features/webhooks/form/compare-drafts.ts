import { formatLabels, profileLabels } from '../../../lib/labels.ts';
import { isSame, type WebhookDraft } from './webhook-draft.ts';

/** A part of the form that is compared as a whole. */
export type DraftField = Exclude<keyof WebhookDraft, 'pendingDeliveries' | 'enabled' | 'clientCertificate'>;

const none = 'none';

const fields: Record<DraftField, { label: string; toText: (draft: WebhookDraft) => string }> = {
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
const groups: readonly (readonly DraftField[])[] = [
  ['url', 'headers', 'storedCertificate'],
  ['events', 'eventVersions'],
  ['profile', 'signing', 'format'],
  ['description'],
  ['rateLimit'],
];

interface DraftVersions {
  /** The stored webhook that the edits began with. */
  readonly initial: WebhookDraft;
  /** As the form is now. */
  readonly edited: WebhookDraft;
  /** As it is stored now. */
  readonly stored: WebhookDraft;
}

export interface DraftComparison {
  /** What others changed. */
  readonly changed: readonly DraftField[];
  /** What the operator has to decide, because both changed the same part. */
  readonly conflicting: readonly DraftField[];
}

/** Compares what the operator edited with what others changed meanwhile. */
export function compareDrafts({ initial, edited, stored }: DraftVersions): DraftComparison {
  const changed = listChanged(initial, stored);
  const own = listChanged(initial, edited);
  const isConflict = (group: readonly DraftField[]) =>
    group.some((field) => own.includes(field)) &&
    group.some((field) => changed.includes(field) && !hasSameField(field, edited, stored));
  return {
    changed,
    conflicting: groups
      .filter(isConflict)
      .flat()
      .filter((field) => !hasSameField(field, edited, stored)),
  };
}

/** Applies the operator's edits to what is stored now. Fields that were not edited get the stored value. */
export function rebaseDraft({ initial, edited, stored }: DraftVersions): WebhookDraft {
  const own = listChanged(initial, edited);
  const { pendingDeliveries } = edited;
  return own.reduce((draft, field) => copyField(field, edited, draft), {
    ...stored,
    ...(pendingDeliveries !== undefined && { pendingDeliveries }),
  });
}

/** Returns `target` with the value that a field has in `source`. */
export function copyField(field: DraftField, source: WebhookDraft, target: WebhookDraft): WebhookDraft {
  // The stored certificate is a description. The edit is a new certificate, or its removal.
  if (field === 'storedCertificate') return { ...target, clientCertificate: source.clientCertificate };
  return { ...target, [field]: source[field] };
}

/** The value of a field as text. */
export function toFieldText(field: DraftField, draft: WebhookDraft): string {
  return fields[field].toText(draft);
}

export function toFieldLabel(field: DraftField): string {
  return fields[field].label;
}

function listChanged(before: WebhookDraft, after: WebhookDraft): DraftField[] {
  return groups.flat().filter((field) => !hasSameField(field, before, after));
}

export function hasSameField(field: DraftField, a: WebhookDraft, b: WebhookDraft): boolean {
  if (field === 'events') return isSame([...a.events].sort(), [...b.events].sort());
  if (field !== 'storedCertificate') return isSame(a[field], b[field]);
  return isSame(a.clientCertificate, b.clientCertificate) && isSame(a.storedCertificate, b.storedCertificate);
}
