import { lowestIdAt } from '../../../../src/domain/ids.ts';
import type { PartitionStore } from '../../../../src/domain/ports/ownership.ts';
import type {
  ReconciliationSlice,
  ReconciliationStore,
  RecordedDelivery,
  SliceLimits,
  StuckEntry,
} from '../../../../src/domain/ports/reconciliation-store.ts';
import { isInOutbox } from '../deliveries/in-flight-deliveries.ts';
import { readEventSlice } from '../events/event-slice.ts';
import type { MemoryDatabase } from '../memory-database.ts';
import type { StoredDelivery } from '../stored-objects.ts';
import { takeMatching } from '../take-page.ts';

export interface MemoryReconciliationStoreDeps {
  readonly database: MemoryDatabase;
  readonly partitions: Pick<PartitionStore, 'read'>;
  /** Whether an app was deleted, whether or not its erasure is done. */
  readonly isAppDeleted: (appId: string) => boolean;
}

export class MemoryReconciliationStore implements ReconciliationStore {
  readonly #deps: MemoryReconciliationStoreDeps;
  readonly #database: MemoryDatabase;

  constructor(deps: MemoryReconciliationStoreDeps) {
    this.#deps = deps;
    this.#database = deps.database;
  }

  async readSlice(from: string, until: number, limits: SliceLimits): Promise<ReconciliationSlice> {
    const { events, next } = readEventSlice(
      this.#database,
      { from, below: lowestIdAt('evt_', until) },
      limits,
    );
    const range = {
      from: toLowestDeliveryId(from),
      below: next === undefined ? lowestIdAt('dlv_', until) : toLowestDeliveryId(next),
    };
    const expected = events.reduce((sum, { targets }) => sum + Math.max(1, targets.length), 0);
    const maxDeliveries = expected + Math.max(limits.deliveries, maxIdsWithOnePrefix);
    const found = takeMatching(this.#database.deliveries.ascending(range), () => true, maxDeliveries + 1);
    const slice = {
      events: events.map(({ id, appId, targets }) => ({ id, appId, targets: [...targets] })),
      deliveries: found.map(toRecorded),
      next,
    };
    const excess = found[maxDeliveries];
    return excess === undefined ? slice : cutSlice(slice, excess.id);
  }

  async getDeliveries(ids: readonly string[]): Promise<RecordedDelivery[]> {
    return [...new Set(ids)].flatMap((id) => {
      const stored = this.#database.deliveries.get(id);
      return stored === undefined ? [] : toRecorded(stored);
    });
  }

  async findDeletedApps(appIds: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(appIds.filter((appId) => this.#deps.isAppDeleted(appId)));
  }

  async findExistingEvents(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(ids.filter((id) => this.#database.events.has(id)));
  }

  async findPendingEvents(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(ids.filter((id) => isInOutbox(this.#database, id)));
  }

  async findStuckEntries(before: number, limit: number): Promise<StuckEntry[]> {
    const { partitions, processes } = await this.#deps.partitions.read();
    const live = new Set(processes.filter(({ state }) => state !== 'fenced').map(({ id }) => id));
    const owned = new Set(
      partitions.filter(({ owner }) => owner !== null && live.has(owner)).map(({ partition }) => partition),
    );
    const entries = this.#database.entries.ascending({ below: lowestIdAt('evt_', before) });
    const stuck = takeMatching(entries, ({ open }) => open.some((partition) => !owned.has(partition)), limit);
    return stuck.map(({ id, acceptedAt }) => ({ id, since: acceptedAt }));
  }
}

function toRecorded({
  id,
  appId,
  eventId,
  webhookId,
  status,
  reason,
  dueAt,
}: StoredDelivery): RecordedDelivery {
  return { id, appId, eventId, webhookId, status, reason, isQueued: dueAt !== null };
}

/**
 * Ends a slice before a delivery, because its range has too many. The next slice begins there, with deliveries whose
 * event is in this one.
 */
function cutSlice({ events, deliveries }: ReconciliationSlice, deliveryId: string): ReconciliationSlice {
  const next = `evt_${deliveryId.slice(4, eventIdLength)}`;
  return {
    events: events.filter(({ id }) => id < next),
    deliveries: deliveries.filter(({ id }) => id < toLowestDeliveryId(next)),
    next,
  };
}

/** Delivery ids of high targets are longer. */
const eventIdLength = 30;

/** Delivery ids that begin with the same characters of this length. A slice cannot end between them. */
const maxIdsWithOnePrefix = 1 + 32 ** 2;

/** A delivery id has the same stem as the id of its event. */
function toLowestDeliveryId(eventId: string): string {
  return `dlv_${eventId.slice(4)}`;
}
