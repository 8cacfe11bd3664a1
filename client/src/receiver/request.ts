import { toBytes } from '@tocsin/shared';
import { WebhookVerificationError } from './verification-error.ts';

/** Anything with the headers of a Fetch `Headers`, or a plain object as in Node's `request.headers`. */
export type WebhookHeaders =
  { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * A request as a framework hands it over: the body exactly as it was received, and the headers.
 *
 * @example
 * const request: RawRequest = { body: await readFile('body.json'), headers: { 'webhook-id': 'evt_1' } };
 */
export interface RawRequest {
  readonly body: string | Uint8Array | ArrayBuffer;
  readonly headers: WebhookHeaders;
}

/** The parts of a Fetch `Request` that are used. */
export interface FetchRequest {
  readonly headers: { get(name: string): string | null };
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What `verify` takes. A Fetch request is consumed: clone it first to read it again. */
export type WebhookRequest = FetchRequest | RawRequest;

/** The request's parts, the body as bytes. */
export interface BufferedRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: WebhookHeaders;
}

/** Reads the request once; throws only WebhookVerificationError. */
export async function bufferRequest(request: WebhookRequest): Promise<BufferedRequest> {
  const { headers } = request;
  if (typeof headers !== 'object' || headers === null) {
    throw new WebhookVerificationError('HEADER_MISSING', 'the request has no headers');
  }
  if ('arrayBuffer' in request && typeof request.arrayBuffer === 'function') {
    if (request.bodyUsed) {
      throw new WebhookVerificationError(
        'BODY_UNREADABLE',
        'the body was read before; verify first, or clone()',
      );
    }
    try {
      return { headers, body: new Uint8Array(await request.arrayBuffer()) };
    } catch (cause) {
      throw new WebhookVerificationError('BODY_UNREADABLE', 'the body could not be read', cause);
    }
  }
  const { body } = request as RawRequest;
  if (typeof body === 'string' || body instanceof Uint8Array) return { headers, body: toBytes(body) };
  // By its tag and not by instanceof: an ArrayBuffer of another realm (a worker, a test runner's sandbox) is one too.
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') {
    return { headers, body: new Uint8Array(body) };
  }
  throw new WebhookVerificationError(
    'BODY_NOT_RAW',
    `the body is ${body === null ? 'null' : `of type ${typeof body}`}, not the raw text or bytes`,
  );
}

/** A header that must be there once; names are compared without regard to case. */
export function requireHeader(headers: WebhookHeaders, name: string): string {
  const value = headerOf(headers, name);
  if (value === undefined || value === '') {
    throw new WebhookVerificationError('HEADER_MISSING', `the header ${name} is missing`);
  }
  if (typeof value !== 'string') {
    throw new WebhookVerificationError('HEADER_INVALID', `the header ${name} is not one single text`);
  }
  return value;
}

/** A header as it was given: undefined when missing, a list when the framework kept repeated ones apart. */
export function headerOf(headers: WebhookHeaders, name: string): string | readonly string[] | undefined {
  if (isHeadersObject(headers)) return headers.get(name) ?? undefined;
  const key = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
  const value = key === undefined ? undefined : headers[key];
  return Array.isArray(value) && value.length === 1 ? (value[0] as string) : value;
}

function isHeadersObject(headers: WebhookHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}
