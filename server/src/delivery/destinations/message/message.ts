import type { AcceptedEvent } from '../../../domain/event.ts';

/** The parts of an event that a chat message is built from. */
export type Message = Pick<
  AcceptedEvent,
  'id' | 'type' | 'timestamp' | 'appId' | 'dataText' | 'presentation' | 'isSample'
>;

/**
 * The event's data. Anything but an object counts as empty, so that a message always has a title and a time.
 *
 * @throws SyntaxError if the text is not JSON. Only a corrupt document has such data.
 */
export function toData(message: Message): Readonly<Record<string, unknown>> {
  const data: unknown = JSON.parse(message.dataText);
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? { ...data } : {};
}
