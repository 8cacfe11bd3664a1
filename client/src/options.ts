import { isCatalog, type AnyCatalog, type BuiltInEvents } from '@tocsin/shared';
import type { CatalogFor } from './catalog-option.ts';
import { invalidInput, toErrorText } from './errors.ts';
import type { FetchLike } from './fetch-like.ts';
import { toUserAgent } from './user-agent.ts';

/** Receives log entries about retries and reconnects. Pino and `console` fit. */
export interface ClientLogger {
  debug?(fields: object, message: string): void;
  warn?(fields: object, message: string): void;
}

/** How concurrent `publish` calls are combined into requests. */
export interface CoalesceOptions {
  /**
   * Maximum number of events in one request, at most 500. The default is about what the server commits at
   * once.
   * @default 200
   */
  readonly maxEvents?: number | undefined;
  /**
   * Maximum number of concurrent requests, also with `maxEvents: 1`.
   * @default 4
   */
  readonly maxInFlight?: number | undefined;
  /**
   * How long an event waits for others while a request is in flight, in ms. Without one it is sent
   * immediately.
   * @default 5
   */
  readonly lingerMs?: number | undefined;
  /**
   * Maximum size of all pending events, in bytes of JSON. Further events fail with the code `QUEUE_FULL`, so
   * that an unreachable server does not exhaust the caller's memory (backpressure). Await `ready()` to
   * publish no faster. While an app uses up the limit, each other app still has its share: the limit
   * divided by the number of apps with pending events.
   * @default 67_108_864
   */
  readonly maxQueuedBytes?: number | undefined;
  /**
   * The former name of `maxQueuedBytes`.
   * @deprecated
   */
  readonly maxQueuedChars?: number | undefined;
}

/** How failed calls are retried: exponential backoff with full jitter. */
export interface RetryOptions {
  /**
   * Maximum number of retries after the first attempt. 0 disables retries.
   * @default Infinity: only `timeoutMs` limits them
   */
  readonly retries?: number | undefined;
  /**
   * Upper limit of the delay before the first retry, in ms. It doubles with each retry, and the delay is a
   * random part of it.
   * @default 200
   */
  readonly baseDelayMs?: number | undefined;
  /**
   * Maximum of that upper limit, in ms.
   * @default 10_000
   */
  readonly maxDelayMs?: number | undefined;
}

/**
 * Options of `createTocsinClient`.
 *
 * @example
 * const url = 'https://tocsin.internal:4400';
 * const options: TocsinClientOptions = { url, token: env.TOCSIN_KEY, logger };
 */
export interface TocsinClientOptions<C = BuiltInEvents> {
  /**
   * Base URL of the server, http or https. Its path, if any, precedes `/trpc`. A URL that ends in `/trpc` is
   * used as it is. Redirects are not followed.
   */
  readonly url: string;
  /**
   * An API key, `tsk_...`, or a function that returns the current one. It is called for every request, and
   * again after a 401: with another key, the request is repeated once. If it throws, the call rejects with
   * `TOKEN_UNAVAILABLE`.
   */
  readonly token: string | (() => string | Promise<string>);
  /**
   * The `fetch` implementation to use.
   * @default globalThis.fetch
   */
  readonly fetch?: FetchLike | undefined;
  /** @default no logging, except that a subscription which fails to connect warns once on the console */
  readonly logger?: ClientLogger | undefined;
  /**
   * Time limit of one attempt, from connecting to the end of the response, in ms. Infinity is no limit.
   * @default 10_000
   */
  readonly attemptTimeoutMs?: number | undefined;
  /**
   * Time limit of one call with all its retries and delays, in ms. Infinity is no limit. The server is sent
   * what is left of it, and stops work that cannot end in time.
   * @default 60_000
   */
  readonly timeoutMs?: number | undefined;
  /** How failed calls are retried. */
  readonly retry?: RetryOptions | undefined;
  /**
   * How concurrent `publish` calls are combined. `false` sends each event in its own request.
   * @default true
   */
  readonly coalesce?: boolean | CoalesceOptions | undefined;
  /**
   * Returns the W3C `traceparent` of the current context. It is called once for each call, and once for each
   * event. If it throws, the call goes on without. Events of different traces share requests.
   * @default none
   */
  readonly traceparent?: (() => string | undefined) | undefined;
  /**
   * The catalog to validate events with before they leave, and to recognize received ones by. Types alone need
   * no value: `createTocsinClient<typeof acme>(options)`.
   * @default none: only the server validates
   */
  readonly catalog?: CatalogFor<C> | undefined;
}

/** The options with all defaults applied. */
export interface ClientConfig {
  /** Ends in `/trpc`. */
  readonly baseUrl: string;
  readonly token: () => string | Promise<string>;
  readonly fetch: FetchLike;
  /** Undefined in browsers. */
  readonly userAgent: string | undefined;
  readonly log: Required<ClientLogger>;
  /** Whether the option `logger` is set. */
  readonly hasLogger: boolean;
  readonly attemptTimeoutMs: number;
  readonly timeoutMs: number;
  readonly retry: { readonly retries: number; readonly baseDelayMs: number; readonly maxDelayMs: number };
  readonly coalesce: {
    readonly maxEvents: number;
    readonly maxInFlight: number;
    readonly lingerMs: number;
    readonly maxQueuedBytes: number;
  };
  readonly traceparent: () => string | undefined;
  readonly catalog: AnyCatalog | undefined;
}

/** The server's limit for one request. */
const maxEventsPerRequest = 500;

/**
 * Validates the options and applies the defaults.
 *
 * @throws TypeError, because an invalid option is a programming error
 */
export function normalizeOptions(
  options: Omit<TocsinClientOptions, 'catalog'> & { readonly catalog?: unknown },
): ClientConfig {
  const { token, traceparent, retry = {}, coalesce = true } = options;
  const log = safeLogger(options.logger);
  // `as`: the package has no types of Node, and browsers have no `process`.
  const runtime = globalThis as { readonly process?: { readonly versions?: Record<string, string> } };
  const batch = typeof coalesce === 'object' ? coalesce : coalesce ? {} : { maxEvents: 1 };
  return {
    baseUrl: toBaseUrl(options.url),
    token: typeof token === 'function' ? token : requireToken(token),
    // Wrapped, because browsers throw if `fetch` is called as a method of another object.
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    userAgent: toUserAgent(runtime.process?.versions),
    log,
    hasLogger: options.logger !== undefined,
    attemptTimeoutMs: positive('attemptTimeoutMs', options.attemptTimeoutMs ?? 10_000),
    timeoutMs: positive('timeoutMs', options.timeoutMs ?? 60_000),
    retry: {
      retries: notNegative('retry.retries', retry.retries ?? Infinity),
      baseDelayMs: notNegative('retry.baseDelayMs', retry.baseDelayMs ?? 200),
      maxDelayMs: notNegative('retry.maxDelayMs', retry.maxDelayMs ?? 10_000),
    },
    coalesce: {
      maxEvents: Math.min(positive('coalesce.maxEvents', batch.maxEvents ?? 200), maxEventsPerRequest),
      maxInFlight: positive('coalesce.maxInFlight', batch.maxInFlight ?? 4),
      lingerMs: notNegative('coalesce.lingerMs', batch.lingerMs ?? 5),
      maxQueuedBytes: positive(
        'coalesce.maxQueuedBytes',
        // oxlint-disable-next-line typescript/no-deprecated -- the former name still works
        batch.maxQueuedBytes ?? batch.maxQueuedChars ?? 67_108_864,
      ),
    },
    traceparent: safeTraceparent(traceparent, log),
    catalog: options.catalog === undefined ? undefined : requireCatalog(options.catalog),
  };
}

function requireCatalog(catalog: unknown): AnyCatalog {
  if (!isCatalog(catalog)) throw new TypeError('catalog must be a result of defineCatalog');
  return catalog;
}

function toBaseUrl(text: string): string {
  const example = 'such as https://tocsin.example:4400';
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new TypeError(`url must be an absolute URL, ${example}`, { cause });
  }
  if (!/^https?:$/.test(url.protocol)) {
    throw new TypeError(`url must be http or https, ${example}; its protocol is ${url.protocol}`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/trpc$/, '')}/trpc`;
}

function requireToken(token: string): () => string {
  if (typeof token !== 'string' || token.trim() === '')
    throw new TypeError('token must be an API key (tsk_...) or a function that returns one, not empty');
  return () => token;
}

/** Validates a number, such as a duration in ms. Infinity is one; text with digits is none. */
function positive(name: string, value: number): number {
  return inRange(name, value, value > 0, 'greater than');
}

function notNegative(name: string, value: number): number {
  return inRange(name, value, value >= 0, 'of at least');
}

function inRange(name: string, value: number, isInRange: boolean, bound: string): number {
  if (typeof value === 'number' && isInRange) return value;
  const given = typeof value === 'number' ? value : `a value of type ${typeof value}`;
  throw new TypeError(`${name} must be a number ${bound} 0, not ${given}`);
}

/** The server gives requests the same time to finish when it stops. */
const defaultCloseTimeoutMs = 10_000;

/**
 * Returns the time limit of `close`.
 *
 * @throws TocsinClientError with the code `INVALID_INPUT`, because `close` is a call
 */
export function toCloseTimeoutMs(options: { readonly timeoutMs?: number | undefined } | undefined): number {
  try {
    return notNegative('timeoutMs', options?.timeoutMs ?? defaultCloseTimeoutMs);
  } catch (cause) {
    throw invalidInput(toErrorText(cause), cause);
  }
}

/** Wraps the option `traceparent`: a fault of tracing fails no call, and no other text becomes a header. */
function safeTraceparent(
  read: (() => string | undefined) | undefined,
  log: Required<ClientLogger>,
): () => string | undefined {
  return () => {
    try {
      const text: unknown = read?.();
      return typeof text === 'string' && /^[\x21-\x7e]+$/.test(text) ? text : undefined;
    } catch (error) {
      log.warn({ err: error }, 'the option traceparent failed; the call goes on without a trace');
      return undefined;
    }
  };
}

/** Wraps a logger so that its errors do not fail the call that it reports on. */
function safeLogger(logger: ClientLogger | undefined): Required<ClientLogger> {
  const quietly = (write: () => unknown) => {
    try {
      const written = write();
      if (written instanceof Promise) written.catch(() => undefined);
    } catch {
      // The logger is the only place to report errors to.
    }
  };
  return {
    debug: (fields, message) => quietly(() => logger?.debug?.(fields, message)),
    warn: (fields, message) => quietly(() => logger?.warn?.(fields, message)),
  };
}
