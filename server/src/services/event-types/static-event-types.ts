import type { EventType } from '../../domain/event-type.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';

/** Event types that are known when the process starts, the same for all accounts. */
export function createStaticEventTypes(types: readonly EventType[]): EventTypes {
  const byName = new Map(types.map((type) => [type.name, type]));
  const names = types.filter(({ subscribable }) => subscribable).map(({ name }) => name);
  return {
    find: (_accountId, name) => byName.get(name),
    listNames: () => Promise.resolve(names),
    listCommon: () => types,
  };
}
