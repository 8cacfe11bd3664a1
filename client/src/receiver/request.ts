import { toBytes } from '@tocsin/shared';
import { WebhookVerificationError } from './verification-error.ts';

/** A Fetch `Headers` object, or a plain object such as Node's `request.headers`. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * A request of any framework: the exact bytes of the body, and the headers.
 *
 * @example
 * const request: RawRequest = { body: await readFile('body.json'), headers: { 'webhook-id': 'evt_1' } };
 */
export interface RawRequest {
  readonly body: string | Uint8Array | ArrayBuffer;
  readonly headers: WebhookHeaders;
}

/** The parts of a Fetch `Request` that `verify` uses. */
export interface FetchRequest {
  readonly headers: { get(name: string): string | null };
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A request to verify. The body of a Fetch request is consumed; pass a clone to read it again. */
export type WebhookRequest = FetchRequest | RawRequest;

/** A request with its whole body in memory. */
export interface BufferedRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: WebhookHeaders;
}

/** Reads the body of a request. Throws only `WebhookVerificationError`. */
export async function bufferRequest(request: WebhookRequest): Promise<BufferedRequest> {
  const { headers } = request;
  if (typeof headers !== 'object' || headers === null) {
    throw new WebhookVerificationError('HEADER_MISSING', 'the request has no headers');
  }
  if ('arrayBuffer' in request && typeof request.arrayBuffer === 'function') {
    if (request.bodyUsed) {
      throw new WebhookVerificationError(
        'BODY_UNREADABLE',
        'the body was already read; verify first, or pass request.clone()',
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
  // Not instanceof, which fails for an ArrayBuffer of another realm, such as a worker.
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') {
    return { headers, body: new Uint8Array(body) };
  }
  throw new WebhookVerificationError(
    'BODY_NOT_RAW',
    `the body is ${body === null ? 'null' : `of type ${typeof body}`}; it must be the raw text or bytes`,
  );
}

/** Returns a header that must occur exactly once. */
export function requireHeader(headers: WebhookHeaders, name: string): string {
  const value = getHeader(headers, name);
  if (value === undefined || value === '') {
    throw new WebhookVerificationError('HEADER_MISSING', `the header ${name} is missing`);
  }
  if (typeof value !== 'string') {
    throw new WebhookVerificationError('HEADER_INVALID', `the header ${name} must be a single string`);
  }
  return value;
}

/**
 * Returns a header by its lower-case name. Undefined if it is missing, a list if the framework keeps repeated
 * headers apart.
 */
export function getHeader(headers: WebhookHeaders, name: string): string | readonly string[] | undefined {
  if (isHeadersObject(headers)) return headers.get(name) ?? undefined;
  const key = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
  const value = key === undefined ? undefined : headers[key];
  return Array.isArray(value) && value.length === 1 ? (value[0] as string) : value;
}

function isHeadersObject(headers: WebhookHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}
