import type { CountedLimit } from '../../../domain/account-limits.ts';
import type { AccountCountStore } from '../../../domain/ports/limit-stores.ts';
import { toLivingFilter } from '../accounts/api-key-store.ts';
import type { Collections } from '../documents/collections.ts';

/** Counts the documents that the limits of an account count. Each count reads an index only. */
export class MongoAccountCountStore implements AccountCountStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async count(accountId: string, now: number): Promise<Record<CountedLimit, number>> {
    const { apps, webhooks, keys, replays } = this.#collections;
    const [appCount, webhookCount, keyCount, replayCount] = await Promise.all([
      apps.countDocuments({ accountId }),
      webhooks.countDocuments({ accountId }),
      keys.countDocuments(toLivingFilter(accountId, now)),
      replays.countDocuments({ accountId, status: 'running' }),
    ]);
    return { apps: appCount, webhooks: webhookCount, keys: keyCount, replays: replayCount };
  }
}
