import type { Document } from 'mongodb';
import type { RateLimit } from '../../../domain/account-limits.ts';
import type {
  BudgetGrant,
  BudgetRequest,
  Pace,
  RateBudgetStore,
} from '../../../domain/ports/limit-stores.ts';
import type { Collections } from '../documents/collections.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';

/**
 * One document per budget, changed by one atomic update. A missing document is a full budget, so a TTL index
 * removes those that were not used for a while.
 */
export class MongoRateBudgetStore implements RateBudgetStore {
  readonly #collections: Pick<Collections, 'rateBudgets'>;

  constructor(collections: Pick<Collections, 'rateBudgets'>) {
    this.#collections = collections;
  }

  async lease(request: BudgetRequest): Promise<BudgetGrant> {
    try {
      return await this.#lease(request);
    } catch (error) {
      // Another process inserted the document at the same time.
      if (isDuplicateKey(error)) return await this.#lease(request);
      throw error;
    }
  }

  async #lease({ id, limit, want, spent, now }: BudgetRequest): Promise<BudgetGrant> {
    const { burst } = limit;
    const charged = { $subtract: [{ $min: [burst, toRefilled(limit, now)] }, spent] };
    const doc = await this.#collections.rateBudgets.findOneAndUpdate(
      { _id: id },
      [
        {
          $set: {
            // Unused tokens that are given back cannot exceed the burst. A debt is limited to one burst.
            tokens: { $max: [-burst, { $min: [burst, charged] }] },
            // Clocks of processes differ by some ms, and time must not run backwards.
            at: { $max: [new Date(now), '$at'] },
          },
        },
        { $set: { granted: { $max: [0, { $min: [want, { $floor: '$tokens' }] }] } } },
        { $set: { tokens: { $subtract: ['$tokens', '$granted'] } } },
      ],
      // The loss of a lease in a failover grants at most one burst again, so no majority is needed.
      { upsert: true, returnDocument: 'after', writeConcern: { w: 1 } },
    );
    return { granted: doc?.granted ?? 0, left: doc?.tokens ?? 0 };
  }

  async read(id: string, limit: RateLimit, now: number): Promise<number | undefined> {
    const [found] = await this.#collections.rateBudgets
      .aggregate<{ tokens: number }>([
        { $match: { _id: id } },
        { $project: { tokens: { $min: [limit.burst, toRefilled(limit, now)] } } },
      ])
      .toArray();
    return found?.tokens;
  }
}

/** An expression for the tokens at `now`, without the limit of the burst. */
function toRefilled({ burst, perSecond }: Pace, now: number): Document {
  const elapsedMs = { $max: [0, { $subtract: [new Date(now), { $ifNull: ['$at', new Date(now)] }] }] };
  return {
    $add: [{ $ifNull: ['$tokens', burst] }, { $divide: [{ $multiply: [elapsedMs, perSecond] }, 1000] }],
  };
}
