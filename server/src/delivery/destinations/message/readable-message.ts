import { isAnyEventType, type FieldStyle, type MessageKind, type Presentation } from '@tocsin/shared';
import { cleanText } from './clean-text.ts';
import { toGenericPresentation } from './generic-presentation.ts';
import { findKeys, maskKey, maskKeys } from './mask-key.ts';
import { toData, type Message } from './message.ts';
import { getPresentation } from './presentation.ts';

export interface ReadableField {
  readonly label: string;
  /** Clean, masked and never empty. Each destination escapes and cuts it by its own rules. */
  readonly value: string;
  /** Whether to use a monospaced font. */
  readonly isCode: boolean;
  /** Whether the field needs a line of its own. */
  readonly isLong: boolean;
}

/** The text of a message, before a destination's syntax and limits apply. */
export interface ReadableMessage {
  readonly title: string;
  readonly kind: MessageKind;
  readonly subject: string | undefined;
  readonly paragraph: string | undefined;
  readonly fields: readonly ReadableField[];
  /** The event type and the app: `user.login · App app_xyz789`. */
  readonly origin: string;
  /** `2025-06-15 14:30:00 UTC`, for destinations that do not format times themselves. */
  readonly time: string;
}

export function toReadableMessage(message: Message): ReadableMessage {
  const presentation = toPresentation(message);
  const data = toData(message);
  const keys = findKeys(data, toText);

  function toValue(key: string | undefined, style: FieldStyle): string | undefined {
    const text = key === undefined ? '' : toText(data[key]);
    return text === '' ? undefined : applyStyle(text, style, keys);
  }

  return {
    title: message.isSample === true ? `Sample: ${presentation.title}` : presentation.title,
    kind: presentation.kind,
    subject: toValue(presentation.subject, getFieldStyle(presentation.fields, presentation.subject)),
    paragraph: toValue(presentation.paragraph, 'long'),
    fields: presentation.fields.flatMap(({ key, label, style }) => {
      const value = toValue(key, style);
      return value === undefined
        ? []
        : [{ label, value, isCode: style === 'id' || style === 'key', isLong: style === 'long' }];
    }),
    origin: `${message.type} · App ${cleanText(message.appId)}`,
    time: toReadableTime(message.timestamp),
  };
}

function toPresentation({ type, presentation }: Message): Presentation {
  return isAnyEventType(type) ? getPresentation(type) : toGenericPresentation(type, presentation);
}

/** One line for a notification: the title and the subject, if there is one. */
export function toSummary(readable: ReadableMessage): string {
  return readable.subject === undefined ? readable.title : `${readable.title}: ${readable.subject}`;
}

/** Converts any JSON value to clean text. `null` and `undefined` become the empty text. */
export function toText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return cleanText(typeof value === 'string' ? value : JSON.stringify(value));
}

function applyStyle(text: string, style: FieldStyle, keys: readonly string[]): string {
  switch (style) {
    case 'key':
      return maskKey(text);
    case 'time':
      return maskKeys(toReadableTime(text), keys);
    case 'name':
    case 'id':
    case 'long':
      return maskKeys(text, keys);
  }
}

function getFieldStyle(
  fields: readonly { readonly key: string; readonly style: FieldStyle }[],
  key: string | undefined,
): FieldStyle {
  return fields.find((field) => field.key === key)?.style ?? 'name';
}

const timestampPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** Formats a timestamp to the second and in UTC, since a channel's readers are in several time zones. */
function toReadableTime(text: string): string {
  const at = timestampPattern.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? text : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
