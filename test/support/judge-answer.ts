import type { Outcome } from './access-rules.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Objects whose ids must not reach a caller that may see none of them. */
type Guarded = Readonly<
  Record<'webhookId' | 'eventId' | 'deliveryId' | 'keyId' | 'channelId' | 'ruleId', string>
>;

/** Says how a call ended, in the words of the access table. Other failures are returned with their text. */
export function judgeAnswer({ status, text }: Answer, expected: Outcome, ours: Guarded): string | number {
  if (status === 401 || status === 403 || status === 404) return status;
  // A conflict (the delivery is being sent right now) does not depend on the caller.
  if (status >= 400 && status !== 409) return `${status}: ${text}`;
  if (expected !== 'none of it') return 'yes';
  const { webhookId, eventId, deliveryId, keyId, channelId, ruleId } = ours;
  const seen = [webhookId, eventId, deliveryId, keyId, channelId, ruleId].filter((id) => text.includes(id));
  return seen.length === 0 ? 'none of it' : `yes, with ${seen.join()}`;
}
