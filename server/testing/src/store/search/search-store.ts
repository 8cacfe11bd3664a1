import type { Page } from '@tocsin/shared';
import type { AcceptedEvent } from '../../../../src/domain/event.ts';
import type { PageRequest } from '../../../../src/domain/ports/page-request.ts';
import type { SearchStore, ValueChoice } from '../../../../src/domain/ports/search-store.ts';
import { toEvent } from '../events/to-event.ts';
import type { MemoryDatabase } from '../memory-database.ts';
import { compareText } from '../read-map.ts';
import { takeMatching, toPage } from '../take-page.ts';

export class MemorySearchStore implements SearchStore {
  readonly #database: Pick<MemoryDatabase, 'events'>;

  constructor(database: Pick<MemoryDatabase, 'events'>) {
    this.#database = database;
  }

  async listAccountsWithValue(value: string, limit: number): Promise<string[]> {
    const accounts = new Set<string>();
    for (const { accountId, searchValues } of this.#database.events.descending({})) {
      if (searchValues?.includes(value) === true) accounts.add(accountId);
    }
    return [...accounts].sort(compareText).slice(0, limit);
  }

  async listEventsWithValue(
    { value, accountIds, appId, excludedAppIds }: ValueChoice,
    { cursor, limit }: PageRequest,
  ): Promise<Page<AcceptedEvent>> {
    const newestFirst = this.#database.events.descending({ below: cursor });
    const matches = (event: AcceptedEvent) =>
      event.searchValues?.includes(value) === true &&
      accountIds.includes(event.accountId) &&
      (appId === undefined ? !excludedAppIds.includes(event.appId) : event.appId === appId);
    return toPage(takeMatching(newestFirst, matches, limit + 1), limit, toEvent);
  }

  async countEventsWithValue(value: string, accountId: string, limit: number): Promise<number> {
    const matches = (event: AcceptedEvent) =>
      event.accountId === accountId && event.searchValues?.includes(value) === true;
    return takeMatching(this.#database.events.descending({}), matches, limit).length;
  }
}
