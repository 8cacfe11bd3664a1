import type { AttemptReason } from '@tocsin/shared';

/** What came of one request. Made by the sender; a value, since failure is part of the job. */
export type SendResult =
  | {
      readonly kind: 'answered';
      readonly statusCode: number;
      /** `Retry-After` as it was sent. */
      readonly retryAfter: string | undefined;
      /** Response headers that a chat destination's rate limit is read from, in lower case. */
      readonly headers: Readonly<Record<string, string | undefined>>;
      readonly reply: string;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'unanswered';
      readonly reason: AttemptReason;
      /** For the logs, without address or credential. */
      readonly detail: string;
      readonly durationMs: number;
    };
