import type { SetLimitsInput } from '@tocsin/shared';
import type { Account } from '../../../domain/access.ts';
import type { AccountListFilter, AccountStore } from '../../../domain/ports/access-stores.ts';
import type { AgePage, AgePageRequest } from '../../../domain/ports/page-request.ts';
import { toAccount, toAccountDoc } from '../documents/account.ts';
import type { Collections } from '../documents/collections.ts';
import { ConfigChanges } from '../changes/config-changes.ts';
import { readSearchList } from '../driver/search-list.ts';
import { toNarrowing } from './narrowing.ts';

export class MongoAccountStore implements AccountStore {
  readonly #collections: Collections;
  readonly #changes: ConfigChanges;

  /** @param changes - those of this process, which take turns. @default its own */
  constructor(collections: Collections, changes = new ConfigChanges(collections)) {
    this.#collections = collections;
    this.#changes = changes;
  }

  async insert(account: Account): Promise<void> {
    await this.#collections.accounts.insertOne(toAccountDoc(account));
  }

  async get(id: string): Promise<Account | undefined> {
    const doc = await this.#collections.accounts.findOne({ _id: id });
    return doc ? toAccount(doc) : undefined;
  }

  async getMany(ids: readonly string[]): Promise<Account[]> {
    const docs = await this.#collections.accounts
      .find({ _id: { $in: [...ids] } }, { readConcern: 'majority' })
      .toArray();
    return docs.map(toAccount);
  }

  async setLimits(id: string, limits: SetLimitsInput['limits']): Promise<void> {
    const entries = Object.entries(limits).map(([name, limit]) => [`limits.${name}`, limit] as const);
    await this.#changes.run(async (session) => {
      await this.#collections.accounts.updateOne(
        { _id: id },
        {
          $set: Object.fromEntries(entries.filter(([, limit]) => limit !== null)),
          $unset: Object.fromEntries(
            entries.filter(([, limit]) => limit === null).map(([path]) => [path, '']),
          ),
        },
        { session },
      );
      return { result: undefined, change: { collection: 'accounts' as const, id, appId: undefined } };
    });
  }

  async list({ ids, terms }: AccountListFilter, page: AgePageRequest): Promise<AgePage<Account>> {
    const { accounts } = this.#collections;
    return await readSearchList(accounts, { ...toNarrowing({ ids }), terms }, page, toAccount);
  }
}
