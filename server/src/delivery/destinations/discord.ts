import { getColor } from './message/color.ts';
import { countCodePoints, cutText } from './message/cut-text.ts';
import type { Message } from './message/message.ts';
import { readableMessage, type ReadableField } from './message/readable-message.ts';

export interface DiscordBody {
  username: string;
  embeds: [DiscordEmbed];
  /** Silences every mention, whatever the texts contain. */
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

/** Discord's own limits, in code points. The sum is over all texts of the embed. */
const maxDescription = 4096;
const maxSum = 6000;
const maxLongValue = 1024;

/** Ten of these and one long value stay below the sum. Nobody reads a longer id. */
const maxValue = 256;
const maxFooter = 256;

export function discordBody(message: Message): DiscordBody {
  const readable = readableMessage(message);
  const title = readable.title;
  const fields = readable.fields.map(toField);
  const footer = { text: cutText(readable.origin, maxFooter) };
  const used = [title, footer.text, ...fields.flatMap(({ name, value }) => [name, value])]
    .map(countCodePoints)
    .reduce((sum, length) => sum + length, 0);
  const room = Math.min(maxDescription, maxSum - used);
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

/** What means something anywhere in Discord's Markdown. The slash: an address whose slashes are escaped is no link. */
const special = new Set('\\*_~|`<>[]()/');

/** What means something at the start of a line: headings, quotes and lists. */
const specialAtStart = new Set('#-+');

function escapeMarkdown(character: string, index: number): string {
  return special.has(character) || (index === 0 && specialAtStart.has(character))
    ? `\\${character}`
    : character;
}

/** Inside a code span nothing but the end of it means anything, and that cannot be escaped. */
function replaceBacktick(character: string): string {
  return character === '`' ? 'ˋ' : character;
}
