import type { SigningProfile } from '@tocsin/shared';
import type { VerifyOptions } from './options.ts';
import { bufferRequest, getHeader, type BufferedRequest, type WebhookRequest } from './request.ts';
import { isWebhookVerificationError, WebhookVerificationError } from './verification-error.ts';
import { resolveSecrets } from './resolve-secrets.ts';
import { findSecretProblem } from './secret-rules.ts';
import { parseSignedTime, verifiers } from './verifiers.ts';

/** A verified event whose `data` is not validated. */
export interface RawEvent {
  /**
   * The event's id, the same on every attempt. Store it to drop duplicates. Undefined if the request has
   * none. Only the profile `standard` signs it.
   */
  readonly id: string | undefined;
  /** Type of the event, possibly one that this version of the package does not know. */
  readonly type: string;
  /** When the event happened, ISO 8601. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Five minutes, as Standard Webhooks recommends. */
const defaultToleranceSeconds = 300;

/**
 * Verifies a request without validating `data`. Needs no schemas and no dependency, so it suits small
 * bundles.
 *
 * @param request a Fetch `Request`, or the raw body and headers
 * @param options the secret and the profile
 * @throws WebhookVerificationError, never another error
 * @example
 * const { type, data } = await verifyRaw(request, { secret: env.WEBHOOK_SECRET });
 */
export async function verifyRaw(request: WebhookRequest, options: VerifyOptions): Promise<RawEvent> {
  try {
    const profile = options.profile ?? 'standard';
    const buffered = await bufferRequest(request);
    await requireValidSignature(buffered, profile, await resolveSecrets(options, request));
    const event = parseEnvelope(buffered, profile);
    requireFreshness(buffered, event, profile, options);
    return event;
  } catch (cause) {
    if (isWebhookVerificationError(cause)) throw cause;
    throw new WebhookVerificationError('UNEXPECTED', 'the request could not be verified', cause);
  }
}

async function requireValidSignature(
  request: BufferedRequest,
  profile: SigningProfile,
  secrets: readonly unknown[],
): Promise<void> {
  let isVerified = false;
  for (const secret of secrets.length > 0 ? secrets : ['']) {
    const problem = findSecretProblem(secret, profile);
    if (problem !== undefined) throw new WebhookVerificationError('SECRET_INVALID', `a secret ${problem}`);
    // `as`: what has no problem is a text. Tries all secrets, so that the duration does not reveal which one matches.
    isVerified = (await verifiers[profile](request, secret as string)) || isVerified;
  }
  if (!isVerified) {
    throw new WebhookVerificationError('SIGNATURE_MISMATCH', 'no signature of the request matches a secret');
  }
}

function parseEnvelope({ body, headers }: BufferedRequest, profile: SigningProfile): RawEvent {
  let envelope: unknown;
  try {
    envelope = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new WebhookVerificationError('ENVELOPE_INVALID', 'the body is not UTF-8 JSON', cause);
  }
  if (isRecord(envelope)) {
    const type = envelope[profile === 'standard' ? 'type' : 'event'];
    const { timestamp, data } = envelope;
    if (typeof type === 'string' && typeof timestamp === 'string' && isRecord(data)) {
      const id = getHeader(headers, 'webhook-id');
      return { id: typeof id === 'string' ? id : undefined, type, timestamp, data };
    }
  }
  throw new WebhookVerificationError(
    'ENVELOPE_INVALID',
    `the body is not the JSON object that the profile ${profile} sends`,
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
  const at = isSigned ? parseSignedTime(request.headers) : Date.parse(event.timestamp) / 1000;
  const age = (options.now?.() ?? Date.now()) / 1000 - at;
  // Negated, so that an invalid time (NaN) is rejected.
  if (!(age <= tolerance)) {
    const message = `the time of the request is more than ${tolerance} s in the past, or not a valid time`;
    throw new WebhookVerificationError('TIMESTAMP_TOO_OLD', message);
  }
  if (age < -tolerance) {
    const message = `the time of the request is more than ${tolerance} s in the future`;
    throw new WebhookVerificationError('TIMESTAMP_TOO_NEW', message);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
