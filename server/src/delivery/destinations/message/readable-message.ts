import { cleanText } from './clean-text.ts';
import type { MessageKind } from './color.ts';
import { keysIn, maskKey, maskKeysIn } from './mask-key.ts';
import { toData, type Message } from './message.ts';
import { getPresentation, type FieldStyle } from './presentation.ts';

export interface ReadableField {
  readonly label: string;
  /** Clean, masked, never empty. Not escaped and not cut: how is each destination's own matter. */
  readonly value: string;
  /** To be set in a fixed width. */
  readonly isCode: boolean;
  /** To be given a line of its own. */
  readonly isLong: boolean;
}

/** A message as a person reads it, before a destination's syntax and limits. */
export interface ReadableMessage {
  readonly title: string;
  readonly kind: MessageKind;
  readonly subject: string | undefined;
  readonly paragraph: string | undefined;
  readonly fields: readonly ReadableField[];
  /** Where it comes from: `user.login · App app_xyz789`. */
  readonly origin: string;
  /** `2025-06-15 14:30:00 UTC`, for destinations that have no time of their own. */
  readonly time: string;
}

export function readableMessage(message: Message): ReadableMessage {
  const presentation = getPresentation(message.type);
  const data = toData(message);
  const keys = keysIn(data, toText);

  function show(key: string | undefined, style: FieldStyle): string | undefined {
    const text = key === undefined ? '' : toText(data[key]);
    return text === '' ? undefined : inStyle(text, style, keys);
  }

  return {
    title: presentation.title,
    kind: presentation.kind,
    subject: show(presentation.subject, getFieldStyle(presentation.fields, presentation.subject)),
    paragraph: show(presentation.paragraph, 'long'),
    fields: presentation.fields.flatMap(({ key, label, style }) => {
      const value = show(key, style);
      return value === undefined
        ? []
        : [{ label, value, isCode: style === 'id' || style === 'key', isLong: style === 'long' }];
    }),
    origin: `${message.type} · App ${cleanText(message.appId)}`,
    time: readableTime(message.timestamp),
  };
}

/** One line for a notification: the title and, where there is one, whom or what it is about. */
export function toSummary(readable: ReadableMessage): string {
  return readable.subject === undefined ? readable.title : `${readable.title}: ${readable.subject}`;
}

/** Any JSON value as clean text; nothing is the empty text. */
export function toText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return cleanText(typeof value === 'string' ? value : JSON.stringify(value));
}

function inStyle(text: string, style: FieldStyle, keys: readonly string[]): string {
  switch (style) {
    case 'key':
      return maskKey(text);
    case 'time':
      return maskKeysIn(readableTime(text), keys);
    case 'name':
    case 'id':
    case 'long':
      return maskKeysIn(text, keys);
  }
}

function getFieldStyle(
  fields: readonly { readonly key: string; readonly style: FieldStyle }[],
  key: string | undefined,
): FieldStyle {
  return fields.find((line) => line.key === key)?.style ?? 'name';
}

const instantForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** To the second and always in UTC, named so: a channel's readers sit in several time zones. */
function readableTime(text: string): string {
  const at = instantForm.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? text : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
