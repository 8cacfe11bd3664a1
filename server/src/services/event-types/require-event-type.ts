import { apiError, type TocsinError } from '../../domain/errors.ts';
import type { EventType } from '../../domain/event-type.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';

/** Up to this many types, a message names all of them. */
const maxNamed = 20;
const maxNear = 3;

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
  const near = known
    .map((other) => ({ other, distance: toDistance(name, other) }))
    .filter(({ distance }) => distance <= Math.max(2, name.length / 4))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, maxNear)
    .map(({ other }) => other);
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

/** The number of characters to insert, remove or replace (Levenshtein distance). */
function toDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
