import type { Filter } from 'mongodb';
import type { Collections } from '../documents/collections.ts';
import type { EventDoc } from '../documents/event.ts';
import { selectsEventType } from '../../../domain/select-event-types.ts';
import type { ListPlan } from '../driver/list-plan.ts';

/** Whose events a list has. */
export type EventScope = { readonly appId: string } | { readonly accountId: string };

/** Ranges that mongod merges in the order of the ids. With more, it would sort all events of the list. */
const maxRanges = 200;

/**
 * Returns the plans that together read the events of all types, or of those that are selected, in the order of their ids. The indexes have the type
 * before the id, so the types that have events are found first, by seeking from one to the next.
 *
 * @param plan for one app or account, without a condition for the type
 * @param selector - a type or a pattern. Undefined: all types.
 */
export async function planAllTypes(
  { events }: Pick<Collections, 'events'>,
  scope: EventScope,
  plan: ListPlan,
  selector?: string,
): Promise<ListPlan[]> {
  const found: readonly unknown[] = await events.distinct('type', scope);
  // Tombstones have no type.
  const types = found
    .filter((type) => typeof type === 'string')
    .filter((type) => selector === undefined || selectsEventType([selector], type));
  const plans: ListPlan[] = [];
  for (let start = 0; start < types.length; start += maxRanges) {
    const byType: Filter<EventDoc> = { type: { $in: types.slice(start, start + maxRanges) } };
    plans.push({ ...plan, indexed: [...plan.indexed, byType] });
  }
  return plans;
}
