import { maskText, maskUrl, type AuditChange } from '@tocsin/shared';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import { openHeaders, openUrl, type CustomHeaders } from '../../domain/webhook-endpoint.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { WebhookPatch } from './webhook-fields.ts';

type Value = AuditChange['before'];
type Opener = Pick<SecretBox, 'decrypt'>;

/** A value as it is compared, and as the audit log shows it. They differ where a credential is masked. */
interface Shown {
  readonly compared: Value;
  readonly shown: Value;
}

/** One row for each field that an update can change. Custom headers are fields of their own. */
const rows = {
  url: (webhook, box) => maskWith(maskUrl, () => openUrl(box, webhook)),
  events: ({ events }) => plain([...events]),
  eventVersions: ({ eventVersions }) =>
    plain(Object.entries(eventVersions).map(([type, version]) => `${type}: ${version}`)),
  enabled: ({ enabled }) => plain(enabled),
  profile: ({ profile }) => plain(profile),
  format: ({ format }) => plain(format),
  description: ({ description }) => plain(description),
  rateLimit: ({ rateLimit }) => plain(rateLimit),
  signing: ({ signing }) => plain(signing),
  clientCertificate: ({ clientCertificate: certificate }) =>
    certificate === null
      ? plain(null)
      : { compared: certificate.fingerprint, shown: `${certificate.subject} (${certificate.fingerprint})` },
} satisfies {
  readonly [K in Exclude<keyof WebhookPatch, 'headers'>]-?: (webhook: Webhook, box: Opener) => Shown;
};

/**
 * Returns the fields that differ between two states of a webhook, as the audit log shows them: tokens in URLs and
 * values of headers are masked.
 *
 * @param before - undefined: the webhook is new
 * @param after - undefined: it was deleted
 */
export function listWebhookChanges(
  box: Opener,
  before: Webhook | undefined,
  after: Webhook | undefined,
): AuditChange[] {
  const [old, current] = [toFields(box, before), toFields(box, after)];
  const changes: AuditChange[] = [];
  for (const field of new Set([...old.keys(), ...current.keys()])) {
    const [from, to] = [old.get(field), current.get(field)];
    if (isEqual(from?.compared ?? null, to?.compared ?? null)) continue;
    changes.push({ field, before: from?.shown ?? null, after: to?.shown ?? null });
  }
  return changes;
}

/** Returns what people call a webhook: its description, or else the host of its URL. */
export function toWebhookName(box: Opener, webhook: Webhook): string {
  if (webhook.description !== null) return webhook.description;
  try {
    return new URL(openUrl(box, webhook)).host;
  } catch {
    return maskText;
  }
}

function toFields(box: Opener, webhook: Webhook | undefined): Map<string, Shown> {
  const fields = new Map<string, Shown>();
  if (webhook === undefined) return fields;
  for (const [field, show] of Object.entries(rows)) fields.set(field, show(webhook, box));
  for (const [name, value] of Object.entries(tryOpenHeaders(box, webhook))) {
    fields.set(`headers.${name}`, { compared: value, shown: maskText });
  }
  return fields;
}

/** Headers that no key decrypts count as none. */
function tryOpenHeaders(box: Opener, webhook: Webhook): CustomHeaders {
  try {
    return openHeaders(box, webhook);
  } catch {
    return {};
  }
}

function plain(value: Value): Shown {
  return { compared: value, shown: value };
}

/** A value that no key decrypts is masked whole. */
function maskWith(mask: (text: string) => string, open: () => string): Shown {
  try {
    const text = open();
    return { compared: text, shown: mask(text) };
  } catch {
    return { compared: null, shown: maskText };
  }
}

function isEqual(one: Value, other: Value): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
