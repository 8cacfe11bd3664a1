import type { AcceptedEvent } from '../../../domain/event.ts';

/** What a chat message is made from. */
export type Message = Pick<AcceptedEvent, 'id' | 'type' | 'timestamp' | 'appId' | 'dataText'>;

/**
 * The event's data. Anything but an object counts as empty, so that a message always has a title and a time. Text
 * that is not JSON throws: such a document was never accepted, and the engine sets it aside.
 */
export function toData(message: Message): Readonly<Record<string, unknown>> {
  const data: unknown = JSON.parse(message.dataText);
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? { ...data } : {};
}
