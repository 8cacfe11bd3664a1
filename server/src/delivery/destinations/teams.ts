import { breakAngleBrackets } from './message/clean-text.ts';
import { getColor, type Color } from './message/color.ts';
import { cutText } from './message/cut-text.ts';
import type { Message } from './message/message.ts';
import {
  readableMessage,
  toSummary,
  type ReadableField,
  type ReadableMessage,
} from './message/readable-message.ts';

export interface TeamsBody {
  type: 'message';
  attachments: [
    { contentType: 'application/vnd.microsoft.card.adaptive'; contentUrl: null; content: AdaptiveCard },
  ];
}

interface AdaptiveCard {
  $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
  type: 'AdaptiveCard';
  version: '1.4';
  /** What clients that cannot show the card say. */
  fallbackText: string;
  msteams: { width: 'full' };
  body: CardElement[];
}

export type CardElement =
  | { type: 'Container'; style: Color['containerStyle']; bleed: true; items: [CardTitle] }
  | { type: 'ColumnSet'; spacing: 'Small'; columns: [CardColumn, CardColumn] }
  | CardText;

interface CardTitle {
  type: 'TextBlock';
  text: string;
  size: 'Large';
  weight: 'Bolder';
  wrap: true;
}

interface CardColumn {
  type: 'Column';
  width: '1' | '3';
  items: [CardText];
}

/**
 * A RichTextBlock and not a TextBlock or a FactSet: these read their text as Markdown, and the escapes of it come out
 * differently on desktop, Android and iOS (microsoft/AdaptiveCards#5590). A run's text is shown as it is.
 */
interface CardText {
  type: 'RichTextBlock';
  inlines: [CardRun];
}

interface CardRun {
  type: 'TextRun';
  text: string;
  weight?: 'Bolder';
  isSubtle?: true;
  size?: 'Small';
  fontType?: 'Monospace';
}

/**
 * Teams has one limit, 28 KB for the whole message, and 21 KB were found to be the practical one. A code point takes
 * at most four bytes, so these keep the largest message under 20 KB.
 */
const maxValue = 256;
const maxLongValue = 1024;
const maxParagraph = 2000;
const maxFooter = 300;
const maxSummary = 150;

export function teamsBody(message: Message): TeamsBody {
  const readable = readableMessage(message);
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          fallbackText: shown(toSummary(readable), maxSummary),
          msteams: { width: 'full' },
          body: toElements(readable),
        },
      },
    ],
  };
}

function toElements(readable: ReadableMessage): CardElement[] {
  const title: CardTitle = {
    type: 'TextBlock',
    text: readable.title, // ours, so its being read as Markdown does no harm
    size: 'Large',
    weight: 'Bolder',
    wrap: true,
  };
  const elements: CardElement[] = [
    { type: 'Container', style: getColor(readable.kind).containerStyle, bleed: true, items: [title] },
  ];
  if (readable.paragraph !== undefined) elements.push(run({ text: shown(readable.paragraph, maxParagraph) }));
  elements.push(...readable.fields.map(row));
  const footer = shown(`${readable.origin} · ${readable.time}`, maxFooter);
  return [...elements, run({ text: footer, isSubtle: true, size: 'Small' })];
}

function row(field: ReadableField): CardElement {
  const text = shown(field.value, field.isLong ? maxLongValue : maxValue);
  return {
    type: 'ColumnSet',
    spacing: 'Small',
    columns: [
      { type: 'Column', width: '1', items: [run({ text: field.label, weight: 'Bolder' })] },
      { type: 'Column', width: '3', items: [run({ text, ...(field.isCode && { fontType: 'Monospace' }) })] },
    ],
  };
}

function run(run: Omit<CardRun, 'type'>): CardText {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', ...run }] };
}

/** `<at>` and other tags are broken: Teams looks for them also where cards have none. */
function shown(text: string, max: number): string {
  return cutText(breakAngleBrackets(text), max);
}
