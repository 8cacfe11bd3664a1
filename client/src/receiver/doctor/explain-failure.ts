import type { SigningProfile } from '@tocsin/shared';
import type { VerifySettings } from '../options.ts';
import { parseEvent } from '../parse-event.ts';
import { proofs, signedAt } from '../proof.ts';
import { bufferRequest, headerOf, type BufferedRequest, type WebhookRequest } from '../request.ts';
import { isWebhookVerificationError } from '../verification-error.ts';
import { verifyRaw } from '../verify-raw.ts';
import { compareBodies, examineBody, explainBody } from './body.ts';
import { found, type Explanation } from './finding.ts';
import { examineHeaders, hasOtherKindOnly, otherProfileOf } from './headers.ts';
import { examineSecret } from './secrets.ts';

/** As for `verify`, but nothing is taken for granted: the doctor is asked when something is wrong. */
export interface ExplainOptions extends VerifySettings {
  readonly secret?: string | undefined;
  readonly secrets?: readonly string[] | undefined;
  /** The body as it was sent, for example from the delivery's page, to compare with what arrived. */
  readonly sentBody?: string | undefined;
}

/**
 * Says why a request does not verify, as far as that can be told from this side. For development only: it tries many
 * readings of the request, and its words would help somebody who forges requests. Never send them to the caller.
 *
 * @example
 * app.post('/webhooks', expressReceiver({
 *   secret,
 *   onFailure: async (error, request) => console.warn(await explainFailure(request, { secret })),
 * }, handler));
 */
export async function explainFailure(request: unknown, options: ExplainOptions): Promise<Explanation> {
  const profile = options.profile ?? 'standard';
  const secrets = options.secrets ?? [options.secret];
  for (const secret of secrets.length > 0 ? secrets : [undefined]) {
    const finding = examineSecret(secret, profile);
    if (finding) return finding;
  }
  const buffered = await buffer(request);
  if ('code' in buffered) return buffered;
  // Checked above: every one of them is a text.
  return explainProof(buffered, secrets as readonly string[], profile, options);
}

async function buffer(request: unknown): Promise<BufferedRequest | Explanation> {
  const parts = typeof request === 'object' && request !== null ? request : {};
  if (!('headers' in parts)) return found('PARSED_OBJECT', 'no request with headers and body was passed');
  try {
    return await bufferRequest(parts as WebhookRequest);
  } catch (error) {
    const message = isWebhookVerificationError(error) ? error.message : String(error);
    const isConsumed = isWebhookVerificationError(error) && error.code === 'BODY_UNREADABLE';
    return found(isConsumed ? 'BODY_CONSUMED' : 'PARSED_OBJECT', message);
  }
}

async function explainProof(
  request: BufferedRequest,
  secrets: readonly string[],
  profile: SigningProfile,
  options: ExplainOptions,
): Promise<Explanation> {
  const { headers, body } = request;
  const malformed = examineHeaders(headers, profile, body);
  if (malformed) return malformed;
  const proves = (bytes: BufferedRequest['body'], by: SigningProfile, keys = secrets) =>
    anyProof({ headers, body: bytes }, keys, by);
  if (await proves(body, profile)) return explainProven(request, secrets, profile, options);

  if (profile === 'standard' && secrets.every((secret) => hasOtherKindOnly(headers, secret))) {
    return found('SECRET_KIND', 'the request has no signature that this kind of secret could check');
  }
  if (
    profile !== 'standard' &&
    (await proves(
      body,
      profile,
      secrets.map((secret) => `whsec_${secret}`),
    ))
  ) {
    return found('SECRET_PREFIX_MISSING', 'it verifies with whsec_ put before the secret');
  }
  const other = otherProfileOf(headers, profile);
  if (other && (await proves(body, other))) {
    return found('WRONG_PROFILE', `it verifies in the profile ${other}, but ${profile} is expected`);
  }
  const changed =
    profile === 'authon'
      ? undefined
      : await explainChange(body, (bytes) => proves(bytes, profile), request, options);
  return changed ?? found('WRONG_SECRET', `none of ${secrets.length} secret(s) explains the signature`);
}

async function explainChange(
  body: BufferedRequest['body'],
  isProven: (body: BufferedRequest['body']) => Promise<boolean>,
  request: BufferedRequest,
  { sentBody }: ExplainOptions,
): Promise<Explanation | undefined> {
  return (
    (await explainBody(body, isProven)) ??
    (sentBody === undefined ? undefined : compareBodies(sentBody, body)) ??
    examineBody(body, headerOf(request.headers, 'content-length'))
  );
}

/** The signature holds: what is left are the time and the content. */
async function explainProven(
  request: BufferedRequest,
  secrets: readonly string[],
  profile: SigningProfile,
  options: ExplainOptions,
): Promise<Explanation> {
  try {
    parseEvent(
      await verifyRaw(request, { secrets, profile, tolerance: options.tolerance, now: options.now }),
    );
    return found('VERIFIED', 'the request verifies');
  } catch (error) {
    if (!isWebhookVerificationError(error)) throw error;
    if (error.code === 'ENVELOPE_INVALID') return found('ENVELOPE', error.message);
    if (error.code === 'PAYLOAD_INVALID') return found('PAYLOAD', error.message);
    const at = profile === 'standard' ? signedAt(request.headers) * 1000 : bodyTime(request.body);
    const secondsOff = Math.round(((options.now?.() ?? Date.now()) - at) / 1000);
    return secondsOff > 0
      ? found('TIMESTAMP_OLD', `the request is ${secondsOff} s older than the present`, { secondsOff })
      : found('TIMESTAMP_NEW', `the request is ${-secondsOff} s newer than the present`, { secondsOff });
  }
}

function bodyTime(body: Uint8Array): number {
  const envelope = JSON.parse(new TextDecoder().decode(body)) as { timestamp: string };
  return Date.parse(envelope.timestamp);
}

async function anyProof(
  request: BufferedRequest,
  secrets: readonly string[],
  profile: SigningProfile,
): Promise<boolean> {
  for (const secret of secrets) {
    try {
      if (await proofs[profile](request, secret)) return true;
    } catch {
      // A reading that cannot even be tried proves nothing.
    }
  }
  return false;
}
