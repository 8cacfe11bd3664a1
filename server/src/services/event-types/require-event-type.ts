import { apiError, type TocsinError } from '../../domain/errors.ts';
import { findNearNames } from '../../domain/near-names.ts';
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
  const near = findNearNames(name, known, Math.max(2, name.length / 4));
  return apiError(
    'UNKNOWN_EVENT',
    `${path}: unknown event ${JSON.stringify(name.slice(0, 80))}; ${toHint(near, known)}`,
  );
}

function toHint(near: readonly string[], known: readonly string[]): string {
  if (near.length > 0) return `did you mean ${near.join(' or ')}?`;
  return known.length <= maxNamed
    ? `known events are ${known.join(', ')}`
    : 'eventTypes.list has the known events';
}
