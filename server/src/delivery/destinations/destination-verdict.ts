import type { SendResult } from '../../domain/send-result.ts';
import { maxRetryAfterMs, type AttemptOutcome } from '../../domain/retry-policy.ts';
import type { ResolvedFormat } from './registry.ts';
import { toJsonFields, secondsToMs, type Answer } from './read-response.ts';

/**
 * What an answer means where a chat destination does not mean it as HTTP does. Undefined: HTTP's ordinary rules hold
 * (2xx succeeded, anything else is tried again).
 */
export function classifyDestinationResponse(
  format: ResolvedFormat,
  result: SendResult,
): AttemptOutcome | undefined {
  if (result.kind !== 'answered') return undefined;
  switch (format) {
    case 'json':
      return undefined;
    case 'discord':
      return classifyDiscord(result);
    case 'slack':
      // Discord, asked to read Slack's bodies, answers success as Slack and errors as itself.
      return classifySlack(result) ?? classifyDiscord(result);
    case 'slack-workflow':
      return classifySlackWorkflow(result);
    case 'teams':
      return result.statusCode === 200 || result.statusCode === 202 ? { kind: 'success' } : undefined;
  }
}

const removed: AttemptOutcome = {
  kind: 'final',
  reason: 'destination_removed',
  disable: 'destination_removed',
};

const refused: AttemptOutcome = {
  kind: 'failure',
  reason: 'destination_refused',
  retryAfterMs: undefined,
  slowsEndpoint: false,
};

/** "Unknown Webhook": deleted in Discord, and Discord asks not to be called again. */
const unknownWebhook = 10015;

function classifyDiscord(answer: Answer): AttemptOutcome | undefined {
  const fields = toJsonFields(answer);
  if (answer.statusCode === 404 && fields['code'] === unknownWebhook) return removed;
  if (answer.statusCode !== 429) return undefined;
  const waits = [secondsToMs(fields['retry_after']), secondsToMs(answer.retryAfter)].filter(
    (wait) => wait !== undefined,
  );
  // Cloudflare's 429 is a web page: with nothing to read in it, the ordinary rules know Retry-After's other forms.
  if (waits.length === 0) return undefined;
  return {
    kind: 'failure',
    reason: 'http_status',
    retryAfterMs: Math.min(Math.max(...waits), maxRetryAfterMs),
    slowsEndpoint: true,
  };
}

/** Words that Slack says for good: the app was removed, or its channel is archived. */
const lastWords: ReadonlySet<string> = new Set(['no_service', 'channel_is_archived']);

function classifySlack(answer: Answer): AttemptOutcome | undefined {
  const word = answer.reply.trim();
  const { statusCode } = answer;
  if (statusCode === 200) return classifySlackSuccess(answer, word);
  const isClientError = statusCode >= 400 && statusCode < 500;
  if (statusCode === 410 || (isClientError && lastWords.has(word))) return removed;
  return statusCode === 403 && word === 'invalid_token' ? removed : undefined;
}

/** Slack says `ok` in plain text when a message was posted; another plain text with 200 is an error's name. */
function classifySlackSuccess(answer: Answer, word: string): AttemptOutcome | undefined {
  if (word === 'ok') return { kind: 'success' };
  if (toJsonFields(answer)['ok'] === false) return refused;
  const type = answer.headers['content-type'] ?? 'text/plain';
  return type.toLowerCase().startsWith('text/plain') ? refused : undefined;
}

/** A workflow answers `{"ok": true}`, `{"ok": false, "error": ...}` or nothing, each of them with 200. */
function classifySlackWorkflow(answer: Answer): AttemptOutcome | undefined {
  return answer.statusCode === 200 && toJsonFields(answer)['ok'] === false ? refused : undefined;
}
