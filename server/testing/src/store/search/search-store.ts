import type { Page } from '@tocsin/shared';
import type { Account, ApiKey, App } from '../../../../src/domain/access.ts';
import type { AcceptedEvent } from '../../../../src/domain/event.ts';
import type { PageRequest } from '../../../../src/domain/ports/page-request.ts';
import type { SearchStore, TermChoice, ValueChoice } from '../../../../src/domain/ports/search-store.ts';
import { hasTermWith, toSearchTerms } from '../../../../src/domain/search-terms.ts';
import type { Webhook } from '../../../../src/domain/webhook.ts';
import { toEvent } from '../events/to-event.ts';
import type { MemoryConfig } from '../memory-config.ts';
import type { MemoryDatabase } from '../memory-database.ts';
import { compareText } from '../read-map.ts';
import { takeMatching, toPage } from '../take-page.ts';

type Config = Pick<MemoryConfig, 'accounts' | 'apps' | 'keys' | 'webhooks'>;

interface Owned {
  readonly id: string;
  readonly accountId?: string;
  readonly appId?: string | null;
}

export class MemorySearchStore implements SearchStore {
  readonly #config: Config;
  readonly #database: Pick<MemoryDatabase, 'events'>;

  constructor(config: Config, database: Pick<MemoryDatabase, 'events'>) {
    this.#config = config;
    this.#database = database;
  }

  async findAccounts(prefix: string, limit: number): Promise<Account[]> {
    return findByTerm(this.#config.accounts, toNameTerms, { prefix }, limit);
  }

  async findApps(choice: TermChoice, limit: number): Promise<App[]> {
    return findByTerm(this.#config.apps, toNameTerms, choice, limit);
  }

  async findKeys(choice: TermChoice, limit: number): Promise<ApiKey[]> {
    return findByTerm(this.#config.keys, toNameTerms, choice, limit);
  }

  async findWebhooks(
    choice: TermChoice & { readonly appId?: string | undefined },
    limit: number,
  ): Promise<Webhook[]> {
    const toTerms = ({ id, host, description }: Webhook) => toSearchTerms([id, host, description]);
    return findByTerm(this.#config.webhooks, toTerms, choice, limit);
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

function toNameTerms({ id, name }: { readonly id: string; readonly name: string }): string[] {
  return toSearchTerms([id, name]);
}

/** Returns copies, in the order of the first term that matches. */
function findByTerm<T extends Owned>(
  map: ReadonlyMap<string, T>,
  toTerms: (value: T) => readonly string[],
  { prefix, accountId, appId }: TermChoice & { readonly appId?: string | undefined },
  limit: number,
): T[] {
  const found = [...map.values()].flatMap((value) => {
    if (accountId !== undefined && value.accountId !== accountId) return [];
    if (appId !== undefined && value.appId !== appId) return [];
    const terms = toTerms(value);
    if (!hasTermWith(terms, prefix)) return [];
    const [first = ''] = terms.filter((term) => term.startsWith(prefix)).sort(compareText);
    return [{ value, first }];
  });
  return structuredClone(
    found
      .sort((a, b) => compareText(a.first, b.first))
      .slice(0, limit)
      .map(({ value }) => value),
  );
}
