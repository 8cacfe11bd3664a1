import { maskText, maskUrl } from '@tocsin/shared';
import type { Attempt, HeaderLine, SentRequest } from '../../domain/delivery.ts';
import type { OutgoingRequest } from '../../domain/ports/sending.ts';
import type { SendResult } from '../../domain/send-result.ts';

/**
 * Headers whose values are no credentials. Only the platform sets them: a webhook cannot have custom headers of these
 * names. All others are masked, because a custom header can have any content.
 */
const shownNames: ReadonlySet<string> = new Set([
  'content-type',
  'user-agent',
  'traceparent',
  'webhook-id',
  'webhook-timestamp',
  'x-webhook-event',
  'x-authforge-event',
  'x-authforge-timestamp',
]);

/** Names of response headers with credentials or sessions. */
const secretName = /cookie|auth|token|secret|session|api-?key|signature/;

/** The request as it is recorded, without anything that a reader could use. */
export function toSentRequest({ origin, path, headers, body }: OutgoingRequest): SentRequest {
  return {
    url: maskUrl(origin + path),
    headers: Object.entries(headers).map(([name, value]) => [name, toShown(name, value)]),
    bodyBytes: Buffer.byteLength(body),
  };
}

/** What is recorded of an attempt besides its result. The response is redacted. */
export function toRecorded(
  request: OutgoingRequest,
  response: SendResult,
): Pick<Attempt, 'request' | 'responseHeaders'> {
  const allHeaders = response.kind === 'answered' ? response.allHeaders : undefined;
  const sent = toSentRequest(request);
  return allHeaders === undefined
    ? { request: sent }
    : { request: sent, responseHeaders: allHeaders.map(maskHeader) };
}

function toShown(name: string, value: string): string {
  if (shownNames.has(name)) return value;
  if (name !== 'webhook-signature') return maskText;
  // How many signatures there are, and of which kind, helps during a rotation.
  return value
    .split(' ')
    .map((signature) => `${signature.slice(0, signature.indexOf(','))},${maskText}`)
    .join(' ');
}

/** Masks a response header whose name says that it has a credential. */
export function maskHeader([name, value]: HeaderLine): HeaderLine {
  return [name, secretName.test(name) ? maskText : value];
}
