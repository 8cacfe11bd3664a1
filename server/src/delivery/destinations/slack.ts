import type { AttemptOutcome } from '../../domain/retry-policy.ts';
import { destinationRefused, destinationRemoved, type Destination } from './destination.ts';
import { isFromDiscord } from './discord-limits.ts';
import { parseDiscordUrl } from './discord-url.ts';
import { discord } from './discord.ts';
import { getColor } from './message/color.ts';
import { cutText } from './message/cut-text.ts';
import type { Message } from './message/message.ts';
import {
  toReadableMessage,
  toSummary,
  type ReadableField,
  type ReadableMessage,
} from './message/readable-message.ts';
import { toJsonFields, type HttpResponse } from './read-response.ts';
import { findRouteLimits } from './route-limit.ts';

/**
 * Slack's incoming webhooks, and Discord URLs that end in `/slack`. These take Slack's body, report success
 * like Slack, and report errors and rate limits like Discord.
 */
export const slack: Destination = {
  matches: (url) =>
    (isSlackHost(url) && messagePath.test(url.pathname)) || parseDiscordUrl(url)?.payload === 'slack',
  requestUrl: (url) => url,
  headers: (publicHost) => discord.headers(publicHost),
  body: (message) => JSON.stringify(toSlackBody(message)),
  classify: (response) => classifySlack(response) ?? discord.classify(response),
  cooldownMs: (result) => Math.max(slackCooldownMs, discord.cooldownMs(result)),
  // Slack limits the messages of an app to a channel (https://docs.slack.dev/apis/web-api/rate-limits).
  limits: (response, now) => (isFromDiscord(response) ? discord.limits : findRouteLimits)(response, now),
  isInvalidRequest: (response) => isFromDiscord(response) && discord.isInvalidRequest(response),
};

/** Slack accepts one message a second per webhook and does not guarantee bursts. */
export const slackCooldownMs = 1000;

const hosts: ReadonlySet<string> = new Set(['hooks.slack.com', 'hooks.slack-gov.com']);
const messagePath = /^\/services\/[^/]+\/[^/]+\/[^/]+\/?$/;

export function isSlackHost(url: URL): boolean {
  return url.protocol === 'https:' && hosts.has(url.host);
}

/**
 * Slack error codes that are permanent: the webhook is disabled or removed, its parts name no webhook or workspace,
 * the workspace is no longer active, or the channel is archived
 * (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors). `channel_not_found`,
 * `action_prohibited` and `posting_to_general_channel_denied` are none: an administrator can undo their cause.
 */
const permanentErrors: ReadonlySet<string> = new Set([
  'no_service',
  'no_service_id',
  'no_active_hooks',
  'no_team',
  'team_disabled',
  'channel_is_archived',
]);

function classifySlack(response: HttpResponse): AttemptOutcome | undefined {
  const { statusCode } = response;
  const text = response.reply.trim();
  if (statusCode === 200) return classifySlackSuccess(response, text);
  const isClientError = statusCode >= 400 && statusCode < 500;
  if (statusCode === 410 || (isClientError && permanentErrors.has(text))) return destinationRemoved;
  return statusCode === 403 && text === 'invalid_token' ? destinationRemoved : undefined;
}

/** Slack responds `ok` in plain text once a message is posted. Other plain text is an error code. */
function classifySlackSuccess(response: HttpResponse, text: string): AttemptOutcome | undefined {
  if (text === 'ok') return { kind: 'success' };
  if (toJsonFields(response)['ok'] === false) return destinationRefused;
  const type = response.headers['content-type'] ?? 'text/plain';
  return type.toLowerCase().startsWith('text/plain') ? destinationRefused : undefined;
}

export interface SlackBody {
  /** The text for notifications and screen readers. The channel shows the blocks instead. */
  text: string;
  blocks: [SlackHeader];
  /** Attachments are legacy, but only they have a color bar. */
  attachments: [SlackAttachment];
}

/** Next to `blocks`, Slack rejects every other legacy field with invalid_attachments. */
export interface SlackAttachment {
  color: string;
  fallback: string;
  blocks: (SlackSection | SlackContext)[];
}

export interface SlackHeader {
  type: 'header';
  text: { type: 'plain_text'; text: string; emoji: false };
}

type SlackSection = { type: 'section'; text: SlackText } | { type: 'section'; fields: SlackText[] };

interface SlackContext {
  type: 'context';
  elements: [SlackText];
}

/** `verbatim` keeps Slack from turning URLs into links and names into mentions. */
export interface SlackText {
  type: 'mrkdwn';
  text: string;
  verbatim: true;
}

/** Slack's limits, in code points: 3,000 for the text of a section, 2,000 for a field, 12,000 in total. */
const maxParagraph = 3000;
const maxLongValue = 1500;
const maxValue = 256;
const maxSummary = 300;
const maxContext = 300;

export function toSlackBody(message: Message): SlackBody {
  const readable = toReadableMessage(message);
  const summary = cutText(toSummary(readable), maxSummary, escapeSlack);
  return {
    text: summary,
    // The title stands outside the attachment. Otherwise Slack would repeat `text` above it.
    blocks: [{ type: 'header', text: { type: 'plain_text', text: readable.title, emoji: false } }],
    attachments: [{ color: getColor(readable.kind).hex, fallback: summary, blocks: toBlocks(readable) }],
  };
}

function toBlocks(readable: ReadableMessage): SlackAttachment['blocks'] {
  const short = readable.fields.filter((field) => !field.isLong);
  const long = readable.fields.filter((field) => field.isLong);
  const context = cutText(`${readable.origin} · ${readable.time}`, maxContext, escapeSlack);
  const sections: SlackSection[] = [];
  if (readable.paragraph !== undefined) {
    sections.push({ type: 'section', text: mrkdwn(cutText(readable.paragraph, maxParagraph, escapeSlack)) });
  }
  if (short.length > 0)
    sections.push({ type: 'section', fields: short.map((field) => toLabeledText(field, maxValue)) });
  for (const field of long) sections.push({ type: 'section', text: toLabeledText(field, maxLongValue) });
  return [...sections, { type: 'context', elements: [mrkdwn(context)] }];
}

function toLabeledText(field: ReadableField, max: number): SlackText {
  const value = field.isCode
    ? `\`${cutText(field.value, max - 2, escapeSlackCode)}\``
    : cutText(field.value, max, escapeSlack);
  return mrkdwn(`*${field.label}*\n${value}`);
}

function mrkdwn(text: string): SlackText {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** `<` opens links and mentions, `&` opens escapes. Slack has no escape for `*`, `_` and `~`. */
function escapeSlack(character: string): string {
  switch (character) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    default:
      return character;
  }
}

function escapeSlackCode(character: string): string {
  return character === '`' ? 'ˋ' : escapeSlack(character);
}
