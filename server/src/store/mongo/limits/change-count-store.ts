import type { Document } from 'mongodb';
import type { ChangeCounts, ChangeCountStore, CountedChange } from '../../../domain/ports/limit-stores.ts';
import { dayMs, hourMs, startOf } from '../../../domain/windows.ts';
import type { Collections } from '../documents/collections.ts';
import type { ChangeCountDoc } from '../documents/limits.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';

/** One document per account, which holds only the current hour and day. */
export class MongoChangeCountStore implements ChangeCountStore {
  readonly #collections: Pick<Collections, 'changeCounts'>;

  constructor(collections: Pick<Collections, 'changeCounts'>) {
    this.#collections = collections;
  }

  async add(
    accountId: string,
    maximum: ChangeCounts<number | null>,
    now: number,
  ): Promise<CountedChange> {
    try {
      return await this.#add(accountId, maximum, now);
    } catch (error) {
      // Another process inserted the document at the same time.
      if (isDuplicateKey(error)) return await this.#add(accountId, maximum, now);
      throw error;
    }
  }

  async #add(accountId: string, maximum: ChangeCounts<number | null>, now: number): Promise<CountedChange> {
    const isBelow = (field: string, limit: number | null) => (limit === null ? true : { $lt: [field, limit] });
    const doc = await this.#collections.changeCounts.findOneAndUpdate(
      { _id: accountId },
      [
        ...toCurrentWindows(now),
        {
          $set: {
            isCounted: { $and: [isBelow('$hourCount', maximum.hour), isBelow('$dayCount', maximum.day)] },
          },
        },
        {
          $set: {
            hourCount: { $add: ['$hourCount', { $cond: ['$isCounted', 1, 0] }] },
            dayCount: { $add: ['$dayCount', { $cond: ['$isCounted', 1, 0] }] },
          },
        },
      ],
      { upsert: true, returnDocument: 'after', writeConcern: { w: 1 } },
    );
    return { hour: doc?.hourCount ?? 0, day: doc?.dayCount ?? 0, isCounted: doc?.isCounted ?? false };
  }

  async remove(accountId: string, at: number): Promise<void> {
    const minusOne = (count: string) => ({ $max: [0, { $subtract: [count, 1] }] });
    const inSameWindow = (window: string, ms: number) => ({ $eq: [window, new Date(startOf(at, ms))] });
    await this.#collections.changeCounts.updateOne(
      { _id: accountId },
      [
        {
          $set: {
            hourCount: { $cond: [inSameWindow('$hour', hourMs), minusOne('$hourCount'), '$hourCount'] },
            dayCount: { $cond: [inSameWindow('$day', dayMs), minusOne('$dayCount'), '$dayCount'] },
          },
        },
      ],
      { writeConcern: { w: 1 } },
    );
  }

  async read(accountId: string, now: number): Promise<ChangeCounts<number>> {
    const doc = await this.#collections.changeCounts.findOne({ _id: accountId });
    return {
      hour: toCurrentCount(doc, 'hour', startOf(now, hourMs)),
      day: toCurrentCount(doc, 'day', startOf(now, dayMs)),
    };
  }
}

function toCurrentCount(doc: ChangeCountDoc | null, window: 'hour' | 'day', start: number): number {
  return doc === null || doc[window].getTime() < start ? 0 : doc[`${window}Count`];
}

/** Stages that begin a new hour and day with a count of 0. */
function toCurrentWindows(now: number): Document[] {
  // Clocks of processes differ by some ms, and a count must not begin again because of that.
  const latest = (field: string, ms: number) => ({ $max: [new Date(startOf(now, ms)), field] });
  const kept = (window: string, count: string, ms: number) => ({
    $cond: [{ $eq: [window, latest(window, ms)] }, count, 0],
  });
  return [
    { $set: { hourCount: kept('$hour', '$hourCount', hourMs), dayCount: kept('$day', '$dayCount', dayMs) } },
    { $set: { hour: latest('$hour', hourMs), day: latest('$day', dayMs) } },
  ];
}
