import { getColor } from './message/color.ts';
import { cutText } from './message/cut-text.ts';
import type { Message } from './message/message.ts';
import {
  readableMessage,
  toSummary,
  type ReadableField,
  type ReadableMessage,
} from './message/readable-message.ts';

export interface SlackBody {
  /** What notifications and screen readers say. Not shown in the channel, since there are blocks. */
  text: string;
  blocks: [SlackHeader];
  /** Attachments are old, and the only way to a coloured bar. */
  attachments: [SlackAttachment];
}

/** With `blocks` Slack takes no other of the old fields: they are answered by invalid_attachments. */
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

/** Verbatim: Slack makes no links of addresses and no mentions of names. */
interface SlackText {
  type: 'mrkdwn';
  text: string;
  verbatim: true;
}

/** A section's text may have 3,000, a field 2,000, and all of them 12,000 together, in code points. */
const maxParagraph = 3000;
const maxLongValue = 1500;
const maxValue = 256;
const maxSummary = 300;
const maxContext = 300;

export function slackBody(message: Message): SlackBody {
  const readable = readableMessage(message);
  const summary = cutText(toSummary(readable), maxSummary, escapeSlack);
  return {
    text: summary,
    // The title stands above the bar: in it, Slack would print `text` a second time over the attachment.
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
    sections.push({ type: 'section', fields: short.map((field) => labelled(field, maxValue)) });
  for (const field of long) sections.push({ type: 'section', text: labelled(field, maxLongValue) });
  return [...sections, { type: 'context', elements: [mrkdwn(context)] }];
}

function labelled(field: ReadableField, max: number): SlackText {
  const value = field.isCode
    ? `\`${cutText(field.value, max - 2, escapeSlackCode)}\``
    : cutText(field.value, max, escapeSlack);
  return mrkdwn(`*${field.label}*\n${value}`);
}

function mrkdwn(text: string): SlackText {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** `<` opens links and mentions, `&` the escapes themselves. There is no escape for `*`, `_` and `~`. */
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
