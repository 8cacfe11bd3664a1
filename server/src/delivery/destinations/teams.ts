import type { AttemptOutcome } from '../../domain/retry-policy.ts';
import { chatHeaders, destinationRefused, destinationRemoved, type Destination } from './destination.ts';
import { breakAngleBrackets } from './message/clean-text.ts';
import { getColor, type Color } from './message/color.ts';
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

/** Teams workflows that start with "When a Teams webhook request is received". */
export const teams: Destination = {
  // The URL of a Teams workflow looks like the URL of any other Logic App, so `auto` never selects Teams.
  matches: () => false,
  requestUrl: (url) => url,
  headers: () => chatHeaders(),
  body: (message) => JSON.stringify(toTeamsBody(message)),
  classify,
  cooldownMs: () => teamsCooldownMs,
  // Power Automate limits each workflow (https://learn.microsoft.com/power-automate/limits-and-config).
  limits: findRouteLimits,
  isInvalidRequest: () => false,
};

/** Teams throttles above four requests a second. */
const teamsCooldownMs = 250;

/**
 * Reads the errors of Power Automate, `{"error": {"code", "message"}}`. Permanent ones are a workflow that does not
 * exist or was deleted, and a URL that anonymous callers cannot use: its signature is missing, or the trigger now
 * asks for sign-in, which changes the URL
 * (https://learn.microsoft.com/power-automate/oauth-authentication). A workflow that is turned off has the code of a
 * deleted one and another state. It is retried, because its owner can turn it on.
 */
function classify(response: HttpResponse): AttemptOutcome | undefined {
  const { statusCode } = response;
  if (statusCode === 200 || statusCode === 202) {
    return isConnectorError(response) ? destinationRefused : { kind: 'success' };
  }
  const { code, message } = toError(response);
  const isRemoved =
    (statusCode === 404 && code === 'WorkflowNotFound') ||
    (statusCode === 401 && code === 'DirectApiAuthorizationRequired') ||
    (statusCode === 400 && code === 'WorkflowTriggerIsNotEnabled' && /'Deleted'/.test(String(message)));
  return isRemoved ? destinationRemoved : undefined;
}

/**
 * Connectors, which workflows replace, respond 200 to a message that Teams rejects, and put its status into the body
 * (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using).
 */
function isConnectorError({ reply }: HttpResponse): boolean {
  return reply.includes('Microsoft Teams endpoint returned HTTP error');
}

function toError(response: HttpResponse): Readonly<Record<string, unknown>> {
  const error = toJsonFields(response)['error'];
  return typeof error === 'object' && error !== null ? { ...error } : {};
}

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
  /** The text for clients that cannot show the card. */
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
 * A RichTextBlock shows its text as it is. TextBlock and FactSet parse Markdown, and its escapes look
 * different on desktop, Android and iOS (microsoft/AdaptiveCards#5590).
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
 * Our limits, in code points. Teams has one limit: 28 KB for the whole message, of which some 21 KB are
 * usable in practice. A code point takes at most four bytes, so these limits keep every message below 20 KB.
 */
const maxValue = 256;
const maxLongValue = 1024;
const maxParagraph = 2000;
const maxFooter = 300;
const maxSummary = 150;

export function toTeamsBody(message: Message): TeamsBody {
  const readable = toReadableMessage(message);
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
          fallbackText: toRunText(toSummary(readable), maxSummary),
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
    text: readable.title, // our own text, so Markdown parsing is harmless
    size: 'Large',
    weight: 'Bolder',
    wrap: true,
  };
  const elements: CardElement[] = [
    { type: 'Container', style: getColor(readable.kind).containerStyle, bleed: true, items: [title] },
  ];
  if (readable.paragraph !== undefined)
    elements.push(toCardText({ text: toRunText(readable.paragraph, maxParagraph) }));
  elements.push(...readable.fields.map(toRow));
  const footer = toRunText(`${readable.origin} · ${readable.time}`, maxFooter);
  return [...elements, toCardText({ text: footer, isSubtle: true, size: 'Small' })];
}

function toRow(field: ReadableField): CardElement {
  const text = toRunText(field.value, field.isLong ? maxLongValue : maxValue);
  return {
    type: 'ColumnSet',
    spacing: 'Small',
    columns: [
      { type: 'Column', width: '1', items: [toCardText({ text: field.label, weight: 'Bolder' })] },
      {
        type: 'Column',
        width: '3',
        items: [toCardText({ text, ...(field.isCode && { fontType: 'Monospace' }) })],
      },
    ],
  };
}

function toCardText(run: Omit<CardRun, 'type'>): CardText {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', ...run }] };
}

/** Breaks `<at>` and other tags, because Teams parses them even where a card has none. */
function toRunText(text: string, max: number): string {
  return cutText(breakAngleBrackets(text), max);
}
