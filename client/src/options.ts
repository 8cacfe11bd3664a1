import type { FetchLike } from './fetch-like.ts';

/** Hears what the client does by itself. Pino and console fit. */
export interface ClientLogger {
  debug?(fields: object, message: string): void;
  warn?(fields: object, message: string): void;
}

/** How concurrent publishes are put together into one request. */
export interface CoalesceOptions {
  /**
   * Events in one request.
   * @default 200, about what the server commits at once; 500 is the most it takes
   */
  readonly maxEvents?: number | undefined;
  /**
   * Requests under way at a time.
   * @default 4
   */
  readonly maxInFlight?: number | undefined;
  /**
   * How long an event waits for company while another request is under way. With none under way it never waits.
   * @default 5
   */
  readonly lingerMs?: number | undefined;
  /**
   * How much may wait or be under way, in characters of JSON. More is refused with QUEUE_FULL: a server that is away
   * must not fill the caller's memory.
   * @default 67_108_864
   */
  readonly maxQueuedChars?: number | undefined;
}

/** How often and how patiently calls are repeated. */
export interface RetryOptions {
  /**
   * Attempts after the first. Zero: none.
   * @default 5
   */
  readonly retries?: number | undefined;
  /**
   * The longest wait before the first retry; it doubles with each, and the wait is a random part of it.
   * @default 200
   */
  readonly baseDelayMs?: number | undefined;
  /** @default 10_000 */
  readonly maxDelayMs?: number | undefined;
}

/**
 * What `createTocsinClient` takes.
 *
 * @example
 * const options: TocsinClientOptions = { url: 'https://tocsin.internal:4400', token: env.TOCSIN_KEY, logger };
 */
export interface TocsinClientOptions {
  /** Where the server is, with or without a path before `/trpc`. */
  readonly url: string;
  /** An API key, `tsk_...`, or a function that gives the one to use now. */
  readonly token: string | (() => string);
  /** @default globalThis.fetch */
  readonly fetch?: FetchLike | undefined;
  readonly logger?: ClientLogger | undefined;
  /**
   * One attempt, from connecting to the end of the answer, in ms.
   * @default 10_000
   */
  readonly attemptTimeoutMs?: number | undefined;
  /**
   * One call with all its retries and waits, in ms.
   * @default 60_000
   */
  readonly timeoutMs?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  /**
   * False sends each event in a request of its own.
   * @default true
   */
  readonly coalesce?: boolean | CoalesceOptions | undefined;
  /**
   * Gives the W3C `traceparent` of the present context, asked once a call. Events are put together only with those
   * of the same trace.
   */
  readonly traceparent?: (() => string | undefined) | undefined;
}

/** The options with every default filled in: what the rest of the client sees. */
export interface ClientConfig {
  /** Ends in `/trpc`. */
  readonly baseUrl: string;
  readonly token: () => string;
  readonly fetch: FetchLike;
  readonly log: Required<ClientLogger>;
  readonly attemptTimeoutMs: number;
  readonly timeoutMs: number;
  readonly retry: { readonly retries: number; readonly baseDelayMs: number; readonly maxDelayMs: number };
  readonly coalesce: {
    readonly maxEvents: number;
    readonly maxInFlight: number;
    readonly lingerMs: number;
    readonly maxQueuedChars: number;
  };
  readonly traceparent: () => string | undefined;
}

/** The server's own limit on one call. */
const mostEventsInOneRequest = 500;

/** Checks the options once, at the door. A mistake in them is a mistake in the program: a plain TypeError. */
export function normalizeOptions(options: TocsinClientOptions): ClientConfig {
  const { token, traceparent, retry = {}, coalesce = true } = options;
  const batch = typeof coalesce === 'object' ? coalesce : coalesce ? {} : { maxEvents: 1 };
  return {
    baseUrl: baseUrlOf(options.url),
    token: typeof token === 'function' ? token : requireToken(token),
    // Called through a wrapper: `fetch` as a method of another object throws in browsers.
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    log: safeLogger(options.logger),
    attemptTimeoutMs: positive('attemptTimeoutMs', options.attemptTimeoutMs ?? 10_000),
    timeoutMs: positive('timeoutMs', options.timeoutMs ?? 60_000),
    retry: {
      retries: atLeast(0, 'retry.retries', retry.retries ?? 5),
      baseDelayMs: atLeast(0, 'retry.baseDelayMs', retry.baseDelayMs ?? 200),
      maxDelayMs: atLeast(0, 'retry.maxDelayMs', retry.maxDelayMs ?? 10_000),
    },
    coalesce: {
      maxEvents: Math.min(positive('coalesce.maxEvents', batch.maxEvents ?? 200), mostEventsInOneRequest),
      maxInFlight: positive('coalesce.maxInFlight', batch.maxInFlight ?? 4),
      lingerMs: atLeast(0, 'coalesce.lingerMs', batch.lingerMs ?? 5),
      maxQueuedChars: positive('coalesce.maxQueuedChars', batch.maxQueuedChars ?? 67_108_864),
    },
    traceparent: traceparent ?? (() => undefined),
  };
}

function baseUrlOf(text: string): string {
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`url must be http or https, not ${url.protocol}`);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}/trpc`;
}

function requireToken(token: string): () => string {
  if (typeof token !== 'string' || token.trim() === '') throw new TypeError('token must not be empty');
  return () => token;
}

function positive(name: string, value: number): number {
  if (!(value > 0)) throw new TypeError(`${name} must be positive, not ${value}`);
  return value;
}

function atLeast(least: number, name: string, value: number): number {
  if (!(value >= least)) throw new TypeError(`${name} must be at least ${least}, not ${value}`);
  return value;
}

/** A logger that throws must not break what it reports on. */
function safeLogger(logger: ClientLogger | undefined): Required<ClientLogger> {
  const quietly = (write: (() => void) | undefined) => {
    try {
      write?.();
    } catch {
      // There is nobody left to tell.
    }
  };
  return {
    debug: (fields, message) => quietly(() => logger?.debug?.(fields, message)),
    warn: (fields, message) => quietly(() => logger?.warn?.(fields, message)),
  };
}
