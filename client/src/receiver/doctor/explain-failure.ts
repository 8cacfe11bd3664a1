import type { AnyCatalog, SigningProfile } from '@tocsin/shared';
import type { SecretFunction, VerifySettings } from '../options.ts';
import { bufferRequest, getHeader, type BufferedRequest, type WebhookRequest } from '../request.ts';
import { resolveSecrets } from '../resolve-secrets.ts';
import { isWebhookVerificationError } from '../verification-error.ts';
import { parseSignedTime, verifiers } from '../verifiers.ts';
import { verifyAny } from '../verify.ts';
import { checkBody, compareBodies, explainBody } from './body.ts';
import { toExplanation, type Explanation } from './finding.ts';
import { checkHeaders, findOtherProfile, hasOnlyOtherKeyType } from './headers.ts';
import { checkSecret } from './secrets.ts';

/** Options of `explainFailure`: those of `verify`, but the secret may be missing. */
export interface ExplainOptions extends VerifySettings {
  /** The webhook's secret or public key, or a function that returns it. */
  readonly secret?: string | SecretFunction | undefined;
  /** All valid secrets. */
  readonly secrets?: readonly string[] | undefined;
  /**
   * The catalog that the receiver verifies with.
   * @default the built-in events
   */
  readonly catalog?: AnyCatalog | undefined;
  /** The body that was sent, to compare with the received one, for example from the page of the delivery. */
  readonly sentBody?: string | undefined;
}

/**
 * Explains why a request fails verification. For development only: it tries many variants of the request.
 * Never send the explanation to the sender, because it helps an attacker to forge requests.
 *
 * @param request a Fetch `Request`, or the raw body and headers
 * @param options the secret and the profile
 * @example
 * app.post('/webhooks', expressReceiver({
 *   secret,
 *   onFailure: async (error, request) => console.warn(await explainFailure(request, { secret })),
 * }, handler));
 */
export async function explainFailure(request: unknown, options: ExplainOptions): Promise<Explanation> {
  const profile = options.profile ?? 'standard';
  if (!Object.hasOwn(verifiers, profile)) {
    return toExplanation(
      'WRONG_PROFILE',
      `the option profile is none of ${Object.keys(verifiers).join(', ')}`,
    );
  }
  const buffered = await bufferOrExplain(request);
  // Before the body, because a missing secret is the more common mistake.
  const secrets = await findSecrets('code' in buffered ? { headers: {}, body: '' } : buffered, options);
  if ('code' in secrets) return secrets;
  for (const secret of secrets.length > 0 ? secrets : [undefined]) {
    const finding = checkSecret(secret, profile);
    if (finding) return finding;
  }
  if ('code' in buffered) return buffered;
  // checkSecret has found that all of them are strings.
  return explainSignature(buffered, secrets as readonly string[], profile, options);
}

async function findSecrets(
  request: WebhookRequest,
  options: ExplainOptions,
): Promise<readonly unknown[] | Explanation> {
  try {
    return await resolveSecrets(options, request);
  } catch (error) {
    const message = isWebhookVerificationError(error) ? error.message : 'there is no secret';
    return toExplanation('SECRET_MISSING', message);
  }
}

async function bufferOrExplain(request: unknown): Promise<BufferedRequest | Explanation> {
  const parts = typeof request === 'object' && request !== null ? request : {};
  if (!('headers' in parts))
    return toExplanation('PARSED_OBJECT', 'the first argument is not a request with headers and body');
  try {
    return await bufferRequest(parts as WebhookRequest);
  } catch (error) {
    const message = isWebhookVerificationError(error) ? error.message : String(error);
    const isConsumed = isWebhookVerificationError(error) && error.code === 'BODY_UNREADABLE';
    return toExplanation(isConsumed ? 'BODY_CONSUMED' : 'PARSED_OBJECT', message);
  }
}

async function explainSignature(
  request: BufferedRequest,
  secrets: readonly string[],
  profile: SigningProfile,
  options: ExplainOptions,
): Promise<Explanation> {
  const { headers, body } = request;
  const malformed = checkHeaders(headers, profile, body);
  if (malformed) return malformed;
  const verifies = (bytes: BufferedRequest['body'], by: SigningProfile, keys = secrets) =>
    verifiesWithAny({ headers, body: bytes }, keys, by);
  if (await verifies(body, profile)) return explainVerified(request, secrets, profile, options);

  if (profile === 'standard' && secrets.every((secret) => hasOnlyOtherKeyType(headers, secret))) {
    return toExplanation('SECRET_KIND', 'the request has no signature that this type of secret can check');
  }
  if (
    profile !== 'standard' &&
    (await verifies(
      body,
      profile,
      secrets.map((secret) => `whsec_${secret}`),
    ))
  ) {
    return toExplanation('SECRET_PREFIX_MISSING', 'the request is valid with whsec_ before the secret');
  }
  const other = findOtherProfile(headers, profile);
  if (other && (await verifies(body, other))) {
    return toExplanation(
      'WRONG_PROFILE',
      `the request is valid in the profile ${other}, but the option profile is ${profile}`,
    );
  }
  const changed =
    profile === 'authon'
      ? undefined
      : await explainChange(body, (bytes) => verifies(bytes, profile), request, options);
  return (
    changed ??
    toExplanation('WRONG_SECRET', `no signature of the request matches any of ${secrets.length} secret(s)`)
  );
}

async function explainChange(
  body: BufferedRequest['body'],
  matches: (body: BufferedRequest['body']) => Promise<boolean>,
  request: BufferedRequest,
  { sentBody }: ExplainOptions,
): Promise<Explanation | undefined> {
  return (
    (await explainBody(body, matches)) ??
    (sentBody === undefined ? undefined : compareBodies(sentBody, body)) ??
    checkBody(body, getHeader(request.headers, 'content-length'))
  );
}

/** Checks the time and the content of a request with a valid signature. */
async function explainVerified(
  request: BufferedRequest,
  secrets: readonly string[],
  profile: SigningProfile,
  options: ExplainOptions,
): Promise<Explanation> {
  try {
    const { tolerance, now, catalog } = options;
    await verifyAny(request, { secrets, profile, tolerance, now, catalog, onUnknownShape: 'reject' });
    return toExplanation('VERIFIED', 'the request is valid');
  } catch (error) {
    if (!isWebhookVerificationError(error)) throw error;
    if (error.code === 'ENVELOPE_INVALID') return toExplanation('ENVELOPE', error.message);
    if (error.code === 'SECRET_INVALID') return toExplanation('SECRET_PREFIX_MISSING', error.message);
    if (error.code === 'PAYLOAD_INVALID' || error.code === 'UNEXPECTED')
      return toExplanation('PAYLOAD', error.message);
    const at = profile === 'standard' ? parseSignedTime(request.headers) * 1000 : getBodyTimeMs(request.body);
    const secondsOff = Math.round(((options.now?.() ?? Date.now()) - at) / 1000);
    return secondsOff > 0
      ? toExplanation('TIMESTAMP_OLD', `the time of the request is ${secondsOff} s in the past`, {
          secondsOff,
        })
      : toExplanation('TIMESTAMP_NEW', `the time of the request is ${-secondsOff} s in the future`, {
          secondsOff,
        });
  }
}

function getBodyTimeMs(body: Uint8Array): number {
  const envelope = JSON.parse(new TextDecoder().decode(body)) as { timestamp: string };
  return Date.parse(envelope.timestamp);
}

async function verifiesWithAny(
  request: BufferedRequest,
  secrets: readonly string[],
  profile: SigningProfile,
): Promise<boolean> {
  for (const secret of secrets) {
    try {
      if (await verifiers[profile](request, secret)) return true;
    } catch {
      // An invalid header or secret does not match.
    }
  }
  return false;
}
