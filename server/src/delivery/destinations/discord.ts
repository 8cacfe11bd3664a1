import { maxRetryAfterMs, type AttemptOutcome } from '../../domain/retry-policy.ts';
import type { SendResult } from '../../domain/send-result.ts';
import { version } from '../../version.ts';
import { chatHeaders, destinationRemoved, productToken, type Destination } from './destination.ts';
import { findDiscordLimits, isInvalidDiscordRequest, readDiscordWaitsMs } from './discord-limits.ts';
import { parseDiscordUrl } from './discord-url.ts';
import { getColor } from './message/color.ts';
import { countCodePoints, cutText } from './message/cut-text.ts';
import type { Message } from './message/message.ts';
import { toReadableMessage, type ReadableField } from './message/readable-message.ts';
import { secondsToMs, toJsonFields, type HttpResponse } from './read-response.ts';

/** Discord's "Execute Webhook" endpoint. */
export const discord: Destination = {
  // Discord's `/github` endpoint expects GitHub payloads, which we do not produce; send plain JSON.
  matches: (url) => parseDiscordUrl(url)?.payload === 'discord',
  requestUrl,
  headers: (publicHost) => chatHeaders(toUserAgent(publicHost)),
  body: (message) => JSON.stringify(toDiscordBody(message)),
  classify,
  cooldownMs,
  limits: findDiscordLimits,
  isInvalidRequest: isInvalidDiscordRequest,
};

/**
 * Pins API v10, because a path without a version means the deprecated v6. Sets `wait=true`, because without
 * it Discord also responds 204 to a message that it drops. Leaves other URLs as they are: an explicit format
 * `discord` on another host is a proxy or a test.
 */
function requestUrl(url: URL): URL {
  const webhook = parseDiscordUrl(url);
  if (webhook === undefined) return url;
  const target = new URL(`https://discord.com/api/v10/webhooks/${webhook.id}/${webhook.token}?wait=true`);
  const threadId = url.searchParams.get('thread_id');
  if (threadId !== null) target.searchParams.set('thread_id', threadId);
  return target;
}

/**
 * Discord requires `DiscordBot (url, version)` from API clients. The URL must identify the sender, so it is
 * omitted if no public host is configured.
 */
function toUserAgent(publicHost: string | undefined): string {
  return publicHost === undefined
    ? productToken
    : `DiscordBot (https://${publicHost}, ${version}) ${productToken}`;
}

/**
 * Discord's codes for a URL that never works again, by HTTP status: "Unknown Webhook", "Unknown Channel" (also for
 * a deleted thread), a path that does not exist, and "Invalid Webhook Token". Discord asks senders to stop using a
 * webhook after 404, and counts 401 towards the limit of invalid requests
 * (https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans,
 * https://discord.com/developers/docs/topics/opcodes-and-status-codes#json).
 */
const removedCodes: Readonly<Record<number, readonly unknown[]>> = {
  401: [50027],
  404: [0, 10003, 10015],
};

function classify(response: HttpResponse): AttemptOutcome | undefined {
  const removed = removedCodes[response.statusCode];
  if (removed?.includes(toJsonFields(response)['code']) === true) return destinationRemoved;
  if (response.statusCode !== 429) return undefined;
  const waits = readDiscordWaitsMs(response);
  // Cloudflare's 429 is a web page. The ordinary rules also read Retry-After as a date.
  if (waits.length === 0) return undefined;
  return {
    kind: 'failure',
    reason: 'http_status',
    retryAfterMs: Math.min(Math.max(...waits), maxRetryAfterMs),
    slowsEndpoint: true,
  };
}

/**
 * Discord does not publish its rate limits: each response states what is left and when the limit resets. A
 * global limit responds 429 while the webhook's own limit has room left, so the headers alone are not enough.
 */
function cooldownMs(result: SendResult): number {
  if (result.kind !== 'answered') return 0;
  const untilReset =
    result.headers['x-ratelimit-remaining']?.trim() === '0'
      ? secondsToMs(result.headers['x-ratelimit-reset-after'])
      : undefined;
  const waits = result.statusCode === 429 ? readDiscordWaitsMs(result) : [];
  return Math.min(Math.max(untilReset ?? 0, ...waits), maxRetryAfterMs);
}

export interface DiscordBody {
  username: string;
  embeds: [DiscordEmbed];
  /** Disables every mention, whatever the texts contain. */
  allowed_mentions: { parse: [] };
}

export interface DiscordEmbed {
  title: string;
  description?: string;
  color: number;
  fields: DiscordField[];
  footer: { text: string };
  timestamp: string;
}

interface DiscordField {
  name: string;
  value: string;
  inline: boolean;
}

/** Discord's own limits, in code points. `maxTotal` is the sum of all texts of the embed. */
const maxDescription = 4096;
const maxTotal = 6000;
const maxLongValue = 1024;

/** Our limits: ten values and one long value stay below the total. */
const maxValue = 256;
const maxFooter = 256;

export function toDiscordBody(message: Message): DiscordBody {
  const readable = toReadableMessage(message);
  const title = readable.title;
  const fields = readable.fields.map(toField);
  const footer = { text: cutText(readable.origin, maxFooter) };
  const used = [title, footer.text, ...fields.flatMap(({ name, value }) => [name, value])]
    .map(countCodePoints)
    .reduce((sum, length) => sum + length, 0);
  const room = Math.min(maxDescription, maxTotal - used);
  return {
    username: 'Tocsin',
    embeds: [
      {
        title,
        ...(readable.paragraph !== undefined && {
          description: cutText(readable.paragraph, room, escapeMarkdown),
        }),
        color: getColor(readable.kind).rgb,
        fields,
        footer,
        timestamp: message.timestamp,
      },
    ],
    allowed_mentions: { parse: [] },
  };
}

function toField(field: ReadableField): DiscordField {
  return {
    name: field.label,
    value: field.isCode
      ? `\`${cutText(field.value, maxValue - 2, replaceBacktick)}\``
      : cutText(field.value, field.isLong ? maxLongValue : maxValue, escapeMarkdown),
    inline: !field.isLong,
  };
}

/**
 * Characters with a meaning anywhere in Discord's Markdown. Escaped slashes keep a URL from becoming a link.
 */
const special = new Set('\\*_~|`<>[]()/');

/** Characters with a meaning at the start of a line: headings, quotes and lists. */
const specialAtStart = new Set('#-+');

function escapeMarkdown(character: string, index: number): string {
  return special.has(character) || (index === 0 && specialAtStart.has(character))
    ? `\\${character}`
    : character;
}

/** Only a backtick has a meaning inside a code span, and Markdown has no escape for it there. */
function replaceBacktick(character: string): string {
  return character === '`' ? 'ˋ' : character;
}
