import type { EventPresentation } from '../../domain/event.ts';

/** Fields that are kept with each event for chat messages. */
const maxShownFields = 50;

/** The names of the fields of an object's JSON Schema, in its order. */
export function listFields({ properties }: Readonly<Record<string, unknown>>): readonly string[] {
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

/** What chat messages show of events with these fields. */
export function toEventPresentation(
  fields: readonly string[],
  message: EventPresentation['message'],
): EventPresentation {
  return { fields: fields.slice(0, maxShownFields), ...(message === undefined ? {} : { message }) };
}
