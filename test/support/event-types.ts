import {
  getLatestVersion,
  type EventType,
  type EventTypeVersion,
} from '../../server/src/domain/event-type.ts';
import type { EventTypes } from '../../server/src/domain/ports/event-types.ts';
import { createBuiltInTypes } from '../../server/src/services/event-types/built-in-types.ts';

/** Event types that are the same for all accounts. */
function staticEventTypes(types: readonly EventType[]): EventTypes {
  return {
    find: (_accountId, name) => types.find((type) => type.name === name),
    listNames: () => Promise.resolve(types.flatMap(({ name, subscribable }) => (subscribable ? name : []))),
    listCommon: () => types,
  };
}

const types = createBuiltInTypes();

/** The event types of a server without types of its own. */
export const builtInTypes = staticEventTypes(types);

/** The definition of a built-in event type. */
export function builtInVersion(name: string): EventTypeVersion {
  const found = types.find((type) => type.name === name);
  if (found === undefined) throw new Error(`no built-in event type ${name}`);
  return getLatestVersion(found);
}
