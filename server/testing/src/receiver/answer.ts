import { Reply } from '../../../src/delivery/http/reply.ts';
import type { SendResult } from '../../../src/domain/send-result.ts';
import { toMs, type Duration } from '../time/duration.ts';
import type { TestAnswer, TestHandler } from './test-answer.ts';

/** One step of the script of a receiver, for one request. */
export type Step =
  | { readonly kind: 'respond'; readonly answer: TestAnswer; readonly afterMs: number }
  | { readonly kind: 'handle'; readonly handler: TestHandler }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' };

export function toRespondStep(answer: TestAnswer, after: Duration = 0): Step {
  const status = typeof answer === 'number' ? answer : (answer.status ?? 200);
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new TypeError(
      `status must be a whole number from 200 to 599, not ${status}; use hang() or reset() for no response`,
    );
  }
  return { kind: 'respond', answer, afterMs: toMs('delay', after) };
}

/** Returns a response as the real sender reads it. */
export function toAnswered(answer: TestAnswer, durationMs: number): SendResult & { kind: 'answered' } {
  const { status = 200, headers = {}, body = '' } = typeof answer === 'number' ? { status: answer } : answer;
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const),
  );
  const reply = new Reply();
  reply.add(Buffer.from(body, 'utf8'));
  return {
    kind: 'answered',
    statusCode: status,
    retryAfter: lower['retry-after'],
    headers: lower,
    reply: reply.toText(),
    durationMs,
  };
}

export async function answerFromResponse(response: Response): Promise<TestAnswer> {
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}
