import type { ClientSession } from 'mongodb';
import type { ConfigChange } from '../../../domain/ports/notifications.ts';
import type { Collections } from '../documents/collections.ts';
import { inTransaction, restartsForMs } from '../driver/in-transaction.ts';
import { OneAtATime } from '../driver/one-at-a-time.ts';
import { notifyConfigChange } from '../notifications/notify-config-change.ts';

/** The id of the document that counts the changes. */
export const counterId = 0;

interface Outcome<T> {
  readonly result: T;
  /** Undefined: nothing changed. */
  readonly change: ConfigChange | undefined;
}

/** The changes to configuration of one process. They take turns, because they would otherwise conflict with each other. */
export class ConfigChanges {
  readonly #collections: Collections;
  readonly #turns = new OneAtATime();

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /**
   * Runs a change to configuration and its entry in the change log in one transaction, then notifies the other
   * processes. The number of the change is taken last. Transactions that take a number at the same time
   * conflict, and all but one start again, so that the numbers follow the order of the commits. Do not call it in `run`.
   *
   * @param run - may run several times
   */
  async run<T>(run: (session: ClientSession) => Promise<Outcome<T>>): Promise<T> {
    const collections = this.#collections;
    const { client } = collections.changes.db;
    const until = performance.now() + restartsForMs;
    const appendTo = async (session: ClientSession) => {
      const outcome = await run(session);
      if (outcome.change !== undefined) await appendChange(collections, outcome.change, session);
      return outcome;
    };
    const { result, change } = await this.#turns.run(
      async () => await inTransaction(client, appendTo, until),
    );
    if (change !== undefined) await notifyConfigChange(collections, change);
    return result;
  }
}

async function appendChange(
  { changes }: Pick<Collections, 'changes'>,
  { collection, id, appId, resetsHealth }: ConfigChange,
  session: ClientSession,
): Promise<void> {
  const counter = await changes.findOneAndUpdate(
    { _id: counterId },
    { $inc: { last: 1 }, $currentDate: { changedAt: true }, $setOnInsert: { kind: 'counter' } },
    { upsert: true, returnDocument: 'after', session },
  );
  if (counter?.kind !== 'counter') throw new Error('the counter of changes is missing');
  await changes.insertOne(
    { _id: counter.last, kind: collection, id, appId, resetsHealth, at: counter.changedAt },
    { session },
  );
}
