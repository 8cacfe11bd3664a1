import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import { lowestIdAt, toDeliveryId } from '../../../../server/src/domain/ids.ts';
import { toPartition } from '../../../../server/src/domain/partition.ts';
import type {
  DeliveryQueue,
  DeliveryResult,
  DueDelivery,
  OpenEntry,
  OwedEntry,
} from '../../../../server/src/domain/ports/delivery-queue.ts';
import type { Defect } from './defect.ts';
import type { DeliveryDoc, EventDoc, Network, SimulatedDatabase } from './database.ts';

const maxMergeRounds = 3;

/** The queue of one process, with the commands, concerns and filters of the one in MongoDB. */
export class SimulatedQueue implements DeliveryQueue {
  readonly #database: SimulatedDatabase;
  readonly #network: Network;
  readonly #defect: Defect | undefined;
  /** What was read of entries before their gaps were closed. */
  readonly #readBefore = new Map<string, OwedEntry>();

  constructor(database: SimulatedDatabase, network: Network, defect: Defect | undefined) {
    this.#database = database;
    this.#network = network;
    this.#defect = defect;
  }

  async findOpenEntries({
    partitions,
    after = '',
    acceptedBefore,
    limit,
  }: Parameters<DeliveryQueue['findOpenEntries']>[0]): Promise<OpenEntry[]> {
    const before = lowestIdAt('evt_', acceptedBefore);
    return await this.#read(() =>
      [...this.#database.events.read('majority').values()]
        .filter(
          ({ id, open }) =>
            open?.some((partition) => partitions.includes(partition)) === true && id > after && id < before,
        )
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .map(toOpenEntry),
    );
  }

  async getOpenEntries(ids: readonly string[]): Promise<OpenEntry[]> {
    return await this.#read(() =>
      ids.flatMap((id) => {
        const doc = this.#database.events.current.get(id);
        return doc?.open === undefined ? [] : toOpenEntry(doc);
      }),
    );
  }

  async readEntries(entries: readonly OpenEntry[], partitions: ReadonlySet<number>): Promise<OwedEntry[]> {
    const concern = this.#defect === 'reads-entries-locally' ? 'local' : 'majority';
    const { events, deliveries } = this.#database;
    const docs = await this.#read(() =>
      pick(
        events.read(concern),
        entries.flatMap(({ eventIds }) => eventIds),
      ),
    );
    const isOwed = (event: AcceptedEvent, index: number) =>
      partitions.has(toPartition(event.targets[index] ?? ''));
    const wanted = [...docs.values()].flatMap(({ event }) =>
      event === undefined
        ? []
        : [...event.targets.keys()]
            .filter((index) => isOwed(event, index))
            .map((index) => toDeliveryId(event.id, index)),
    );
    const known = await this.#read(() => pick(deliveries.read(concern), wanted));
    const read = entries.map(({ id, open, eventIds }) => ({
      id,
      open,
      events: eventIds.flatMap((eventId) => {
        const event = docs.get(eventId)?.event;
        if (event === undefined) return [];
        const isMissing = (index: number) => isOwed(event, index) && !known.has(toDeliveryId(eventId, index));
        return { event, missing: [...event.targets.keys()].filter(isMissing) };
      }),
      isComplete: this.#defect === 'closes-incomplete' || eventIds.every((eventId) => docs.has(eventId)),
    }));
    return this.#defect === 'no-reread' || this.#defect === 'no-tombstones'
      ? this.#withoutReread(read)
      : read;
  }

  /** Takes an entry whose gaps were closed as it was before. */
  #withoutReread(read: readonly OwedEntry[]): OwedEntry[] {
    return read.map((entry) => {
      const before = this.#readBefore.get(entry.id);
      if (before === undefined) return entry;
      const missing = new Map(entry.events.map(({ event, missing: some }) => [event.id, some]));
      const events = before.events.map(({ event }) => ({ event, missing: missing.get(event.id) ?? [] }));
      return { ...entry, events, isComplete: true };
    });
  }

  async closeGaps(entries: readonly OpenEntry[]): Promise<void> {
    const { events } = this.#database;
    const ids = entries.flatMap(({ eventIds }) => eventIds);
    const present = await this.#read(() => pick(events.current, ids));
    if (this.#defect === 'no-reread' || this.#defect === 'no-tombstones') {
      for (const { id, open, eventIds } of entries) {
        const known = eventIds.flatMap((eventId) => {
          const event = present.get(eventId)?.event;
          return event === undefined ? [] : { event, missing: [] };
        });
        this.#readBefore.set(id, { id, open, events: known, isComplete: true });
      }
    }
    const missing = ids.filter((id) => !present.has(id));
    if (this.#defect === 'no-tombstones' || missing.length === 0) return;
    await this.#call(
      missing.map((id) => () => {
        if (!events.current.has(id)) this.#database.write<EventDoc>(events, { id, event: undefined });
      }),
      'majority',
    );
  }

  async closeEntries(closings: Parameters<DeliveryQueue['closeEntries']>[0]): Promise<void> {
    const { events } = this.#database;
    await this.#call(
      closings.map(({ entryId, partition }) => () => {
        const doc = events.current.get(entryId);
        if (doc?.open?.includes(partition) !== true) return;
        const open = doc.open.filter((other) => other !== partition);
        const isClosed = open.length === 0;
        this.#database.write(events, {
          ...doc,
          open: isClosed ? undefined : open,
          batch: isClosed ? undefined : doc.batch,
        });
      }),
    );
  }

  async writeResults(results: readonly DeliveryResult[]): Promise<ReadonlySet<string>> {
    const late = await Promise.all([
      this.#insertFirst(results.filter(({ delivery }) => delivery.revision === 0)),
      this.#updateLater(results.filter(({ delivery }) => delivery.revision > 0)),
    ]);
    return await this.#mergeLate(late.flat());
  }

  async #insertFirst(results: readonly DeliveryResult[]): Promise<DeliveryResult[]> {
    const { deliveries } = this.#database;
    const insert = (result: DeliveryResult) => () => {
      const { delivery } = result;
      if (deliveries.current.has(delivery.deliveryId)) return result;
      const { deliveryId: id, webhookId, createdAt } = delivery;
      const doc = {
        id,
        webhookId,
        createdAt,
        eventId: delivery.event.id,
        rev: 1,
        attempts: toAttempts(result),
      };
      this.#database.write<DeliveryDoc>(deliveries, { ...doc, ...toState(result) });
      return undefined;
    };
    const concern = this.#defect === 'first-results-without-majority' ? 'primary' : 'majority';
    const rejected = await this.#retryOnNewPrimary(() => this.#call(results.map(insert), concern));
    return rejected.flatMap((result) => result ?? []);
  }

  async #updateLater(results: readonly DeliveryResult[]): Promise<DeliveryResult[]> {
    const { deliveries } = this.#database;
    const updated = await this.#call(
      results.map((result) => () => {
        const doc = deliveries.current.get(result.delivery.deliveryId);
        const isMatch = doc?.rev === result.delivery.revision && doc.status === 'pending';
        if (doc === undefined || !(isMatch || this.#defect === 'ignores-revisions')) return false;
        this.#change(doc, { ...toState(result), attempts: [...doc.attempts, ...toAttempts(result)] });
        return true;
      }),
    );
    if (updated.every(Boolean)) return [];
    const docs = await this.#readDeliveries(results);
    return results.filter((result) => !isWritten(docs.get(result.delivery.deliveryId), result));
  }

  async #mergeLate(results: readonly DeliveryResult[]): Promise<ReadonlySet<string>> {
    const { deliveries } = this.#database;
    const foreign = new Set<string>();
    let rest = results;
    for (let round = 0; rest.length > 0 && round < maxMergeRounds; round++) {
      const docs = await this.#readDeliveries(rest);
      const late = rest.flatMap((result) => {
        const doc = docs.get(result.delivery.deliveryId);
        if (isWritten(doc, result)) return [];
        foreign.add(result.delivery.deliveryId);
        return doc === undefined || result.attempt === undefined ? [] : { result, doc };
      });
      if (late.length === 0) break;
      await this.#call(
        late.map(({ result, doc }) => () => {
          const current = deliveries.current.get(doc.id);
          if (current?.rev !== doc.rev) return;
          const ends = result.status === 'delivered' && doc.status !== 'delivered' && doc.status !== 'failed';
          const state = ends ? toState(result) : {};
          this.#change(current, { ...state, attempts: [...current.attempts, ...toAttempts(result)] });
        }),
        'majority',
      );
      rest = late.map(({ result }) => result);
    }
    return foreign;
  }

  async findWaitingPartitions(partitions: readonly number[]) {
    return await this.#read(() => {
      const waiting = new Set(this.#findWaiting(() => true).map(({ webhookId }) => toPartition(webhookId)));
      return partitions.filter((partition) => waiting.has(partition));
    });
  }

  async findHeads(partition: number) {
    return await this.#read(() => {
      const heads = new Map<string, DeliveryDoc>();
      for (const doc of this.#findWaiting((id) => toPartition(id) === partition)) {
        if (!heads.has(doc.webhookId)) heads.set(doc.webhookId, doc);
      }
      return [...heads.values()].map(toWaiting);
    });
  }

  async pullMany(deliveryIds: readonly string[], now: number): Promise<DueDelivery[]> {
    const docs = await this.#read(() =>
      this.#findWaiting(() => true).filter(({ id }) => deliveryIds.includes(id)),
    );
    return await this.#toDue(docs.filter((doc) => isDue(doc, now)));
  }

  async pullWebhooks(webhookIds: readonly string[], limit: number, now: number) {
    const docs = await this.#read(() => this.#findWaiting((id) => webhookIds.includes(id)));
    if (docs.length > limit) return undefined;
    const deliveries = await this.#toDue(docs.filter((doc) => isDue(doc, now)));
    return { deliveries, waiting: docs.filter((doc) => !isDue(doc, now)).map(toWaiting) };
  }

  async pullBacklog(webhookId: string, limit: number, now: number) {
    const docs = await this.#read(() => this.#findWaiting((id) => id === webhookId));
    const due = docs.slice(0, limit).filter((doc) => isDue(doc, now));
    return { deliveries: await this.#toDue(due), nextDueAt: docs[due.length]?.nextAt };
  }

  convertOldForm(): Promise<number> {
    return Promise.resolve(0);
  }

  /** A user sends a delivery again. Returns its new revision, or undefined if it has no document yet. */
  async retryNow(deliveryId: string, at: number): Promise<number | undefined> {
    const { deliveries } = this.#database;
    const [revision] = await this.#call(
      [
        () => {
          const doc = deliveries.current.get(deliveryId);
          if (doc === undefined) return undefined;
          const waiting = { partition: toPartition(doc.webhookId), nextAt: at };
          this.#change(doc, { status: 'pending', reason: 'awaiting_retry', ...waiting });
          return doc.rev + 1;
        },
      ],
      'majority',
    );
    return revision;
  }

  /** A user cancels the waiting deliveries of a webhook. */
  async cancelPending(webhookId: string): Promise<void> {
    const { deliveries } = this.#database;
    const docs = await this.#read(() => this.#findWaiting((id) => id === webhookId));
    if (docs.length === 0) return;
    await this.#call(
      docs.map(({ id }) => () => {
        const doc = deliveries.current.get(id);
        if (doc?.status !== 'pending') return;
        this.#change(doc, {
          status: 'cancelled',
          reason: 'cancelled_by_user',
          partition: undefined,
          nextAt: undefined,
        });
      }),
      'majority',
    );
  }

  #change(doc: DeliveryDoc, change: Partial<DeliveryDoc>): void {
    this.#database.write(this.#database.deliveries, { ...doc, ...change, rev: doc.rev + 1 });
  }

  async #readDeliveries(results: readonly DeliveryResult[]): Promise<ReadonlyMap<string, DeliveryDoc>> {
    const ids = results.map(({ delivery }) => delivery.deliveryId);
    return await this.#read(() => pick(this.#database.deliveries.current, ids));
  }

  #findWaiting(isSelected: (webhookId: string) => boolean): DeliveryDoc[] {
    return [...this.#database.deliveries.current.values()]
      .filter(({ webhookId, nextAt }) => nextAt !== undefined && isSelected(webhookId))
      .sort((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0));
  }

  async #toDue(docs: readonly DeliveryDoc[]): Promise<DueDelivery[]> {
    if (docs.length === 0) return [];
    const events = await this.#read(() =>
      pick(
        this.#database.events.current,
        docs.map(({ eventId }) => eventId),
      ),
    );
    return docs.flatMap(({ id, webhookId, eventId, attempts, createdAt, rev }) => {
      const event = events.get(eventId)?.event;
      if (event === undefined) throw new Error(`the event of ${id} is gone`);
      return { deliveryId: id, webhookId, event, attemptCount: attempts.length, createdAt, revision: rev };
    });
  }

  async #read<T>(read: () => T): Promise<T> {
    const [result] = await this.#call([() => ({ value: read() })]);
    if (result === undefined) throw new Error('no result');
    return result.value;
  }

  async #call<T>(steps: readonly (() => T)[], concern: 'primary' | 'majority' = 'primary'): Promise<T[]> {
    if (steps.length === 0) return [];
    return await this.#database.call(this.#network, steps, concern);
  }

  async #retryOnNewPrimary<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof Error && 'isPrimaryLost' in error && error.isPrimaryLost === true)
        return await call();
      throw error;
    }
  }
}

function toOpenEntry({ id, open = [], batch = [id] }: EventDoc): OpenEntry {
  return { id, eventIds: batch, open };
}

function toWaiting({ id, webhookId, nextAt = 0 }: DeliveryDoc) {
  return { webhookId, deliveryId: id, dueAt: nextAt };
}

function isDue({ nextAt }: DeliveryDoc, now: number): boolean {
  return nextAt !== undefined && nextAt <= now;
}

function toState({ delivery, status, reason, dueAt }: DeliveryResult) {
  const isPending = status === 'pending' && dueAt !== null;
  const partition = isPending ? toPartition(delivery.webhookId) : undefined;
  return { status, reason, partition, nextAt: isPending ? dueAt : undefined };
}

function toAttempts({ attempt }: DeliveryResult) {
  return attempt === undefined ? [] : [{ at: attempt.at, ms: attempt.durationMs }];
}

function isWritten(doc: DeliveryDoc | undefined, { delivery, attempt, status }: DeliveryResult): boolean {
  if (doc === undefined) return false;
  if (attempt === undefined) return doc.rev === delivery.revision + 1 && doc.status === status;
  return doc.attempts.some(({ at, ms }) => at === attempt.at && ms === attempt.durationMs);
}

function pick<T>(docs: ReadonlyMap<string, T>, ids: readonly string[]): Map<string, T> {
  return new Map(
    ids.flatMap((id): [string, T][] => {
      const doc = docs.get(id);
      return doc === undefined ? [] : [[id, doc]];
    }),
  );
}
