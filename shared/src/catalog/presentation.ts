/** The kind of an event, which selects the color of its message. */
export type MessageKind = 'sign-in' | 'removal' | 'creation' | 'neutral';

/**
 * How a value is formatted: `name` as plain text, `id` in a monospaced font, `key` masked, `time` in UTC,
 * `long` on a line of its own.
 */
export type FieldStyle = 'name' | 'id' | 'key' | 'time' | 'long';

/** A field of a message. */
export interface FieldPresentation<TKey extends string = string> {
  readonly key: TKey;
  readonly label: string;
  readonly style: FieldStyle;
}

/** The text of the message that chat services get for one event type. */
export interface Presentation<TKey extends string = string> {
  readonly title: string;
  readonly kind: MessageKind;
  /** The field that a one-line summary, such as a push notification, shows after the title. */
  readonly subject?: TKey | undefined;
  /** The field that is shown as a paragraph. */
  readonly paragraph?: TKey | undefined;
  /** In reading order, at most ten. Fields that are not listed here are left out of the message. */
  readonly fields: readonly FieldPresentation<TKey>[];
}
