import type { Filter } from 'mongodb';
import type { Page } from '@tocsin/shared';
import type { AcceptedEvent } from '../../../domain/event.ts';
import type { PageRequest } from '../../../domain/ports/page-request.ts';
import type { SearchStore, ValueChoice } from '../../../domain/ports/search-store.ts';
import type { Collections } from '../documents/collections.ts';
import { toEvent, type EventDoc } from '../documents/event.ts';
import type { ListPlan } from '../driver/list-plan.ts';
import { continueAt, pageFrom } from '../driver/page.ts';
import { readMergedList } from '../driver/read-list.ts';
import { toExclusion } from '../driver/visibility.ts';

const byValue = 'by_value';

/** Every query names its index: without it, the query would read the whole collection. */
export class MongoSearchStore implements SearchStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /** Seeks from one account to the next, so that the number of their events does not matter. */
  async listAccountsWithValue(value: string, limit: number): Promise<string[]> {
    const found: string[] = [];
    while (found.length < limit) {
      const after = found.at(-1);
      const filter: Filter<EventDoc> = {
        values: value,
        ...(after === undefined ? {} : { accountId: { $gt: after } }),
      };
      const doc = await this.#collections.events.findOne(filter, {
        hint: byValue,
        projection: { accountId: 1 },
        sort: { accountId: 1 },
      });
      if (doc === null) break;
      found.push(doc.accountId);
    }
    return found;
  }

  async listEventsWithValue(
    { value, accountIds, appId, excludedAppIds }: ValueChoice,
    page: PageRequest,
  ): Promise<Page<AcceptedEvent>> {
    const ofApps: Filter<EventDoc> = appId === undefined ? toExclusion(excludedAppIds) : { appId };
    const remaining = Object.keys(ofApps).length === 0 ? [] : [ofApps];
    const plans = accountIds.map((accountId): ListPlan => ({
      hint: byValue,
      indexed: [{ values: value, accountId } satisfies Filter<EventDoc>],
      remaining,
      isIndexRequired: true,
    }));
    const { docs, examinedTo } = await readMergedList(this.#collections.events, plans, page);
    return continueAt(
      pageFrom(docs, page.limit, toEvent, (doc) => doc._id),
      examinedTo,
    );
  }

  async countEventsWithValue(value: string, accountId: string, limit: number): Promise<number> {
    return await this.#collections.events.countDocuments(
      { values: value, accountId },
      { hint: byValue, limit },
    );
  }
}
