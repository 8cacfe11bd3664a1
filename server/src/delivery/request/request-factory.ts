import { LRUCache } from 'lru-cache';
import type { SigningProfile } from '@tocsin/shared';
import type { AcceptedEvent } from '../../domain/event.ts';
import type { SendResult } from '../../domain/send-result.ts';
import type { OutgoingRequest } from '../../domain/ports/sending.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { chatHeaders } from '../destinations/destination.ts';
import { destinationUrl } from '../destinations/destination-url.ts';
import { resolveFormat, type ChatFormat, type ResolvedFormat } from '../destinations/registry.ts';
import { formatBody } from '../destinations/format-body.ts';
import { authforgeSigner } from './signing/authforge.ts';
import { authonSigner } from './signing/authon.ts';
import type { Signer } from './signing/signer.ts';
import { standardSigner } from './signing/standard.ts';
import { createReplyRedactor } from './redact-reply.ts';
import { createSigningSecrets } from './signing-secrets.ts';
import { urlCredentials } from './url-credentials.ts';

const signers: Record<SigningProfile, Signer> = {
  authon: authonSigner,
  authforge: authforgeSigner,
  standard: standardSigner,
};

/** Everything about a webhook that is the same for each of its requests: parsed, decrypted and derived once. */
export interface RequestFactory {
  readonly format: ResolvedFormat;
  readonly pace: Limits;
  request(event: AcceptedEvent, attemptAt: number, deadlineMs: number): OutgoingRequest;
  /** The result as it may be kept: a reply that repeats the webhook's credentials is kept without them. */
  masked(result: SendResult, attemptAt: number): SendResult;
}

/** What the endpoint queue of a webhook has to keep to. */
export interface Limits {
  /** Requests per second at most; null: no limit but the cap. */
  readonly perSecond: number | null;
  /** Requests in flight at most; null: the engine's cap. */
  readonly maxInFlight: number | null;
  /** Shared by all webhooks that lead to the same chat destination; undefined where each webhook is its own. */
  readonly gate: DestinationLimiter | undefined;
}

/** One request at a time to a destination, and none before a moment: chat services count by URL, not by our webhooks. */
export interface DestinationLimiter {
  isBusy: boolean;
  notBefore: number;
}

/** Chat destinations remembered; far more than one platform has, and each a few bytes. */
const maxGates = 10_000;

/** Keeps the prepared form as long as the cached configuration lives; a changed webhook is another object. */
export function createRequestFactory(
  secretBox: Pick<SecretBox, 'decrypt'>,
  publicHost?: string,
): (webhook: Webhook) => RequestFactory {
  const prepared = new WeakMap<Webhook, RequestFactory>();
  const gates = new LRUCache<string, DestinationLimiter>({ max: maxGates });
  return (webhook) => {
    const known = prepared.get(webhook);
    if (known !== undefined) return known;
    const made = prepare(webhook, secretBox, gates, publicHost);
    prepared.set(webhook, made);
    return made;
  };
}

/** Known even where a webhook's secret cannot be opened: the attempt will say so and record it. */
export function getLimits(webhook: Webhook, prepare: (webhook: Webhook) => RequestFactory): Limits {
  try {
    return prepare(webhook).pace;
  } catch {
    return { perSecond: webhook.rateLimit, maxInFlight: null, gate: undefined };
  }
}

function prepare(
  webhook: Webhook,
  secretBox: Pick<SecretBox, 'decrypt'>,
  gates: LRUCache<string, DestinationLimiter>,
  publicHost: string | undefined,
): RequestFactory {
  const format = resolveFormat(webhook.format, new URL(webhook.url));
  return format === 'json'
    ? prepareSigned(webhook, secretBox)
    : prepareChat(webhook, format, gates, publicHost);
}

/** A chat destination gets a message and neither secret nor signature: they would be posted to strangers. */
function prepareChat(
  webhook: Webhook,
  format: ChatFormat,
  gates: LRUCache<string, DestinationLimiter>,
  publicHost: string | undefined,
): RequestFactory {
  const url = new URL(destinationUrl(format, new URL(webhook.url)));
  // By host and path, which leases the token; a thread of the same webhook counts against the same limit.
  const key = url.host + url.pathname;
  const gate = gates.get(key) ?? { isBusy: false, notBefore: 0 };
  gates.set(key, gate);
  const headers = chatHeaders(format, publicHost);
  const mask = createReplyRedactor(urlCredentials(format, url));
  return {
    format,
    masked: (result) => maskedBy(mask, result),
    // One at a time, so that each answer's rate headers are heard before the next message goes out.
    pace: { perSecond: webhook.rateLimit, maxInFlight: 1, gate },
    request: (event, _attemptAt, deadlineMs) => ({
      origin: url.origin,
      path: url.pathname + url.search,
      headers,
      body: formatBody(format, event),
      deadlineMs,
    }),
  };
}

function prepareSigned(webhook: Webhook, secretBox: Pick<SecretBox, 'decrypt'>): RequestFactory {
  const url = new URL(webhook.url);
  const origin = url.origin;
  const path = url.pathname + url.search;
  const secrets = createSigningSecrets(webhook, secretBox);
  const signer = signers[webhook.profile];
  const custom = Object.entries(webhook.headers);
  const mask = createMaskAt(secrets, [...credentialsIn(webhook.headers), ...urlCredentials('json', url)]);

  return {
    format: 'json',
    masked: (result, attemptAt) => maskedBy(mask(attemptAt), result),
    pace: { perSecond: webhook.rateLimit, maxInFlight: null, gate: undefined },
    request(event, attemptAt, deadlineMs) {
      const { headers, body } = signer({ event, attemptAt, ...secrets(attemptAt) });
      // Reserved names cannot be custom ones, so nothing signed is ever replaced; the check makes it certain.
      for (const [name, value] of custom) headers[name] ??= value;
      if (event.traceparent !== undefined) headers['traceparent'] = event.traceparent;
      return { origin, path, headers, body, deadlineMs };
    },
  };
}

type Mask = ReturnType<typeof createReplyRedactor>;

function maskedBy(mask: Mask, result: SendResult): SendResult {
  if (result.kind === 'unanswered' || result.reply === '') return result;
  const reply = mask(result.reply);
  return reply === result.reply ? result : { ...result, reply };
}

/** A mask for the secrets in force at a time, made once for as long as they are the same. */
function createMaskAt(
  secretsAt: ReturnType<typeof createSigningSecrets>,
  others: readonly string[],
): (time: number) => Mask {
  let known: { readonly count: number; readonly mask: Mask } | undefined;
  return (time) => {
    const { secrets } = secretsAt(time);
    // They only ever end: as many as before are the same ones.
    if (known?.count === secrets.length) return known.mask;
    const texts = secrets.flatMap((secret) => (secret.kind === 'hmac' ? [secret.text] : []));
    known = { count: secrets.length, mask: createReplyRedactor([...texts, ...others]) };
    return known.mask;
  };
}

/** Whole, and the last word alone: what follows `Bearer` or `Basic`. */
function credentialsIn(headers: Readonly<Record<string, string>>): string[] {
  return Object.values(headers).flatMap((value) => [value, value.slice(value.lastIndexOf(' ') + 1)]);
}
