import type { SendResult } from '../../domain/send-result.ts';
import { maxRetryAfterMs } from '../../domain/retry-policy.ts';
import type { ResolvedFormat } from './registry.ts';
import { toJsonFields, secondsToMs, type Answer } from './read-response.ts';

/** Slack takes one message a second from a webhook, and promises nothing about bursts. */
const slackGapMs = 1000;

/** Teams throttles above four requests a second. */
const teamsGapMs = 250;

/**
 * How long a destination must be left alone after this result, in ms; 0 when it may be called again at once. Only
 * right for one request at a time: two in flight would both believe in the last free place.
 */
export function nextAllowedInMs(format: ResolvedFormat, result: SendResult): number {
  switch (format) {
    case 'json':
      return 0;
    case 'discord':
      return discordWaitMs(result);
    case 'slack': // also a Discord URL that ends in /slack, which tells its limits as Discord does
      return Math.max(slackGapMs, discordWaitMs(result));
    case 'slack-workflow':
      return slackGapMs;
    case 'teams':
      return teamsGapMs;
  }
}

/** Discord's numbers are not to be known beforehand: each answer tells what is left and when it fills up again. */
function discordWaitMs(result: SendResult): number {
  if (result.kind !== 'answered') return 0;
  const untilReset =
    result.headers['x-ratelimit-remaining']?.trim() === '0'
      ? secondsToMs(result.headers['x-ratelimit-reset-after'])
      : undefined;
  return Math.min(Math.max(untilReset ?? 0, waitAfterRefusalMs(result)), maxRetryAfterMs);
}

/** A global limit refuses while the webhook's own bucket still has room, so that the headers alone do not tell. */
function waitAfterRefusalMs(answer: Answer): number {
  if (answer.statusCode !== 429) return 0;
  return Math.max(secondsToMs(toJsonFields(answer)['retry_after']) ?? 0, secondsToMs(answer.retryAfter) ?? 0);
}
