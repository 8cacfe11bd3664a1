import { findNearNames, unknownEventPrefix } from '@tocsin/shared';
import { fieldError, type TocsinError } from '../../domain/errors.ts';
import type { EventType } from '../../domain/event-type.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';

/** Up to this many types, a message names all of them. */
const maxNamed = 20;

/**
 * Returns the event type of an account that can be published and subscribed to.
 *
 * @param path of the name in the input, such as `events.0`
 * @throws UNKNOWN_EVENT, which names the nearest types.
 */
export function requireEventType(
  eventTypes: Pick<EventTypes, 'find' | 'listNames'>,
  accountId: string,
  name: string,
  path: string,
): EventType | Promise<EventType> {
  const found = eventTypes.find(accountId, name);
  if (found !== undefined && !(found instanceof Promise) && found.subscribable) return found;
  const reject = async (): Promise<never> => {
    throw toUnknownEventError(name, path, await eventTypes.listNames(accountId, name));
  };
  return Promise.resolve(found).then((type) => (type?.subscribable === true ? type : reject()));
}

export function toUnknownEventError(name: string, path: string, known: readonly string[]): TocsinError {
  const hint = toHint(findNearNames(name, known), known);
  const message = `${unknownEventPrefix}${JSON.stringify(name.slice(0, 80))}; ${hint}`;
  return fieldError(path, message, 'UNKNOWN_EVENT');
}

function toHint(near: readonly string[], known: readonly string[]): string {
  if (near.length > 0) return `did you mean ${near.join(' or ')}?`;
  return known.length <= maxNamed
    ? `known events are ${known.join(', ')}`
    : 'eventTypes.list has the known events';
}
