import type { Actor } from '../../domain/access.ts';
import type { EventType } from '../../domain/event-type.ts';
import { toDocumentedType, type DocumentedType } from './documented-type.ts';

/** The event types that documents of the API describe. */
export interface DocumentedTypes {
  /** The types of the two contracts, which everyone may see. */
  readonly builtIn: readonly DocumentedType[];
  /** Returns the types that an actor can use. Returns the same list until they change. */
  list(actor: Actor): Promise<readonly DocumentedType[]>;
}

export function createDocumentedTypes(common: readonly EventType[]): DocumentedTypes {
  const all = common.map(toDocumentedType);
  const builtIn = all.filter(({ family }) => family !== null);
  return { builtIn, list: () => Promise.resolve(all) };
}
