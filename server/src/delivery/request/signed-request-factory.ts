import { createHash } from 'node:crypto';
import { getUrlCredentials, type SigningProfile } from '@tocsin/shared';
import { deliveryMarkerHeader, sampleHeader } from '../../domain/delivery-marker.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { ClientIdentity } from '../../domain/ports/sending.ts';
import { openClientCertificate, openHeaders } from '../../domain/webhook-endpoint.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { createReplyRedactor, redactResult, type RedactReply } from './redact-reply.ts';
import type { RequestFactory } from './request-factory.ts';
import { authforgeSigner } from './signing/authforge.ts';
import { authonSigner } from './signing/authon.ts';
import type { Signer } from './signing/signer.ts';
import { standardSigner } from './signing/standard.ts';
import { createSigningSecrets } from './signing-secrets.ts';

const signers: Record<SigningProfile, Signer> = {
  authon: authonSigner,
  authforge: authforgeSigner,
  standard: standardSigner,
};

/** Creates signed JSON requests, with the webhook's custom headers. */
export function createSignedRequestFactory(
  webhook: Webhook,
  url: URL,
  secretBox: Pick<SecretBox, 'decrypt'>,
  marker?: string,
): RequestFactory {
  const origin = url.origin;
  const path = url.pathname + url.search;
  const secretsAt = createSigningSecrets(webhook, secretBox);
  const signer = signers[webhook.profile];
  const headers = openHeaders(secretBox, webhook);
  const customHeaders = Object.entries(headers);
  const clientCertificate = toClientIdentity(webhook, secretBox);
  const redactorAt = createRedactorAt(secretsAt, [
    ...getHeaderCredentials(headers),
    ...getUrlCredentials(url.href),
  ]);

  return {
    format: 'json',
    limits: { perSecond: webhook.rateLimit, maxInFlight: null, limiter: undefined },
    createRequest(event, attemptAt, deadlineMs) {
      const { headers: requestHeaders, body } = signer({ event, attemptAt, ...secretsAt(attemptAt) });
      if (marker !== undefined) requestHeaders[deliveryMarkerHeader] = marker;
      if (event.isSample === true) requestHeaders[sampleHeader] = 'true';
      // A custom header never replaces a signed one, even if validation let a reserved name through.
      for (const [name, value] of customHeaders) requestHeaders[name] ??= value;
      if (event.traceparent !== undefined) requestHeaders['traceparent'] = event.traceparent;
      const { accountId } = event;
      return { accountId, origin, path, headers: requestHeaders, body, clientCertificate, deadlineMs };
    },
    redact: (result, attemptAt) => redactResult(result, redactorAt(attemptAt)),
  };
}

function toClientIdentity(
  webhook: Webhook,
  secretBox: Pick<SecretBox, 'decrypt'>,
): ClientIdentity | undefined {
  const pair = openClientCertificate(secretBox, webhook);
  if (pair === undefined) return undefined;
  const { certificate, privateKey } = pair;
  return { id: createHash('sha256').update(certificate).update(privateKey).digest('hex'), ...pair };
}

/** Returns the redactor for the secrets in force at a time, and creates a new one only when they change. */
function createRedactorAt(
  secretsAt: ReturnType<typeof createSigningSecrets>,
  otherCredentials: readonly string[],
): (time: number) => RedactReply {
  let cached: { readonly count: number; readonly redactReply: RedactReply } | undefined;
  return (time) => {
    const { secrets } = secretsAt(time);
    // Secrets only expire while this webhook object lives, so an equal count means the same secrets.
    if (cached?.count === secrets.length) return cached.redactReply;
    const texts = secrets.flatMap((secret) => (secret.kind === 'hmac' ? [secret.text] : []));
    cached = { count: secrets.length, redactReply: createReplyRedactor([...texts, ...otherCredentials]) };
    return cached.redactReply;
  };
}

/** Each value, and its last word alone, which is the credential after `Bearer` or `Basic`. */
function getHeaderCredentials(headers: Readonly<Record<string, string>>): string[] {
  return Object.values(headers).flatMap((value) => [value, value.slice(value.lastIndexOf(' ') + 1)]);
}
