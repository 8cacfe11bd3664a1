import type { AttemptReason } from '@tocsin/shared';
import type { HeaderLine } from './delivery.ts';

/** The result of one request. A value instead of an exception, because failures are expected. */
export type SendResult =
  | {
      readonly kind: 'answered';
      readonly statusCode: number;
      /** The raw `Retry-After` header. */
      readonly retryAfter: string | undefined;
      /** Response headers with a chat service's rate limit; names in lower case. */
      readonly headers: Readonly<Record<string, string | undefined>>;
      /** All headers of a response other than 2xx, in a bounded number. Missing for others. */
      readonly allHeaders?: readonly HeaderLine[];
      readonly reply: string;
      /** Why the body is not complete: it broke off after the status. For the logs. */
      readonly incomplete?: string;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'unanswered';
      readonly reason: AttemptReason;
      /** For the logs. Contains no address and no credential. */
      readonly detail: string;
      /** The status of a response that broke off before the end of its headers. It decides nothing. */
      readonly statusCode?: number;
      readonly durationMs: number;
    };
