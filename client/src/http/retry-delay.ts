/** Parameters of the delay before a retry. */
export interface DelayInput {
  /** Number of failed attempts, from 1. */
  readonly failures: number;
  /** The delay that the server asks for, if any. */
  readonly retryAfterMs: number | undefined;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** A random number from 0 to 1. */
  readonly random: number;
}

/**
 * Returns the delay before the next attempt, in ms: exponential backoff with full jitter, added to the delay
 * that the server asks for. Jitter keeps clients that failed together from retrying together.
 */
export function retryDelayMs({
  failures,
  retryAfterMs = 0,
  baseDelayMs,
  maxDelayMs,
  random,
}: DelayInput): number {
  // A subscription may fail without limit, so the exponent is bounded.
  const limit = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(failures - 1, 30));
  return retryAfterMs + random * limit;
}

/** The longest wait that leaves time for one more attempt, in ms. */
export function lastWaitMs(leftMs: number, attemptTimeoutMs: number): number {
  return Math.max(0, leftMs - Math.min(attemptTimeoutMs, leftMs / 2));
}

/**
 * Parses a `Retry-After` header (RFC 9110, 10.2.3), which is a number of seconds or a date. Returns ms, or
 * undefined if it is neither. Accepts fractions of seconds, which some servers send although the RFC has
 * none.
 */
export function parseRetryAfter(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined;
  const value = text.trim();
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Number(value) * 1000;
  // Date.parse accepts texts that are not HTTP dates ("-1", "2"). All three formats of the RFC start with a
  // day name.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)) return undefined;
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
