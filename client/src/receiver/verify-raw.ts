import type { SigningProfile } from '@tocsin/shared';
import type { VerifyOptions } from './options.ts';
import { proofs, signedAt, unusable } from './proof.ts';
import { bufferRequest, headerOf, type BufferedRequest, type WebhookRequest } from './request.ts';
import { isWebhookVerificationError, WebhookVerificationError } from './verification-error.ts';

/** An event whose origin is proven and whose `data` nobody has looked at. */
export interface RawEvent {
  /**
   * The event's id, the same on every attempt: what to remember to drop duplicates. Undefined when the sender gave
   * none. Only the profile `standard` signs it.
   */
  readonly id: string | undefined;
  /** The event's name, possibly one that this version does not know. */
  readonly type: string;
  /** When it happened, ISO 8601. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Five minutes: what Standard Webhooks advises and the other libraries do. */
const defaultToleranceSeconds = 300;

/**
 * Verifies a request without looking at `data`: the part of `verify` that needs no schema. For places where every
 * kilobyte counts; it brings no dependency.
 *
 * @throws WebhookVerificationError, and nothing else
 * @example
 * const { type, data } = await verifyRaw(request, { secret: env.WEBHOOK_SECRET });
 */
export async function verifyRaw(request: WebhookRequest, options: VerifyOptions): Promise<RawEvent> {
  try {
    const profile = options.profile ?? 'standard';
    const buffered = await bufferRequest(request);
    await requireProof(buffered, profile, options);
    const event = parseEnvelope(buffered, profile);
    requireFreshness(buffered, event, profile, options);
    return event;
  } catch (cause) {
    if (isWebhookVerificationError(cause)) throw cause;
    throw new WebhookVerificationError('UNEXPECTED', 'the request could not be verified', cause);
  }
}

async function requireProof(
  request: BufferedRequest,
  profile: SigningProfile,
  options: VerifyOptions,
): Promise<void> {
  const secrets = options.secrets ?? [options.secret];
  if (secrets.length === 0) throw unusable('is needed');
  let proven = false;
  for (const secret of secrets) {
    // Checked although typed: an environment variable that is not set must never verify anything.
    if (typeof secret !== 'string' || !/^[!-~]+$/.test(secret)) {
      throw unusable('is empty or has white space in it');
    }
    // All are tried: how long it takes must not tell which one matched.
    proven = (await proofs[profile](request, secret)) || proven;
  }
  if (!proven) throw new WebhookVerificationError('SIGNATURE_MISMATCH', 'no signature matches');
}

function parseEnvelope({ body, headers }: BufferedRequest, profile: SigningProfile): RawEvent {
  let envelope: unknown;
  try {
    envelope = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new WebhookVerificationError('ENVELOPE_INVALID', 'the body is not JSON in UTF-8', cause);
  }
  if (isRecord(envelope)) {
    const type = envelope[profile === 'standard' ? 'type' : 'event'];
    const { timestamp, data } = envelope;
    if (typeof type === 'string' && typeof timestamp === 'string' && isRecord(data)) {
      const id = headerOf(headers, 'webhook-id');
      return { id: typeof id === 'string' ? id : undefined, type, timestamp, data };
    }
  }
  throw new WebhookVerificationError(
    'ENVELOPE_INVALID',
    `the body is not an envelope of the profile ${profile}`,
  );
}

function requireFreshness(
  request: BufferedRequest,
  event: RawEvent,
  profile: SigningProfile,
  options: VerifyOptions,
): void {
  const isSigned = profile === 'standard';
  const tolerance = options.tolerance ?? (isSigned ? defaultToleranceSeconds : Infinity);
  if (tolerance === Infinity) return;
  const at = isSigned ? signedAt(request.headers) : Date.parse(event.timestamp) / 1000;
  const age = (options.now?.() ?? Date.now()) / 1000 - at;
  // Negated, so that a time that is not one (NaN) is refused.
  if (!(age <= tolerance)) throw new WebhookVerificationError('TIMESTAMP_TOO_OLD', 'the request is too old');
  if (age < -tolerance)
    throw new WebhookVerificationError('TIMESTAMP_TOO_NEW', 'the request is from the future');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
