import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import { toDeliveryId } from '../../../../server/src/domain/ids.ts';
import { toPartition } from '../../../../server/src/domain/partition.ts';
import type { SimulatedStore } from '../ownership/simulation/simulated-store.ts';
import type { DatabaseObserver, DeliveryDoc, EventDoc, SimulatedDatabase } from './database.ts';
import type { Dial, SimulatedServer } from './simulated-server.ts';

/** How late a delivery may be when everything works. */
const maxLateMs = 70_000;

/** What holds after each step, whatever fails. */
export class Invariants implements DatabaseObserver {
  readonly #servers: readonly SimulatedServer[];
  readonly #partitionCount: number;
  /** Events whose publisher got the answer that they are accepted. */
  readonly #accepted = new Set<string>();
  /** Requests by delivery and revision. */
  readonly #dials = new Map<string, number>();
  /** Deliveries that were in flight when a process was interrupted, or that a failover took back. */
  readonly #repeatable = new Set<string>();
  readonly #fenced = new Set<string>();
  /** The revisions at which users sent deliveries again. */
  readonly #asked = new Map<string, number>();
  /** The latest revision of each delivery at which a request was made. */
  readonly #latestDials = new Map<string, number>();
  #database: SimulatedDatabase | undefined;
  #owners: SimulatedStore | undefined;
  #version = -1;
  #failure: InvariantError | undefined;

  constructor(servers: readonly SimulatedServer[], partitionCount: number) {
    this.#servers = servers;
    this.#partitionCount = partitionCount;
  }

  observe(database: SimulatedDatabase, owners: SimulatedStore): void {
    this.#database = database;
    this.#owners = owners;
  }

  readonly onAccepted = (eventIds: readonly string[]): void => {
    for (const id of eventIds) this.#accepted.add(id);
    this.#version = -1;
  };

  /** A retry of the delivery was answered with success. */
  onRetried(deliveryId: string, revision: number): void {
    this.#asked.set(deliveryId, revision);
  }

  /** Its requests may be repeated by another process. */
  onInterrupted(server: SimulatedServer): void {
    for (const id of server.open.keys()) this.#repeatable.add(id);
  }

  readonly onWritten = (server: SimulatedServer, deliveryIds: readonly string[]): void => {
    for (const id of deliveryIds) {
      const rest = (server.open.get(id) ?? 0) - 1;
      if (rest > 0) server.open.set(id, rest);
      else server.open.delete(id);
    }
  };

  readonly onDial = ({ deliveryId, revision, eventId, webhookId, server }: Dial): void => {
    const partition = toPartition(webhookId);
    this.#expect(server.believes(partition), `${deliveryId} is sent without a lease or an owner`);
    this.#expect(!server.open.has(deliveryId), `${deliveryId} is in flight twice in one process`);
    const isDurable = this.#db.events.durable.get(eventId)?.event !== undefined;
    this.#expect(isDurable, `${deliveryId} is sent before a majority has its event`);
    this.#latestDials.set(deliveryId, Math.max(revision, this.#latestDials.get(deliveryId) ?? 0));
    const key = `${deliveryId} ${revision}`;
    const count = (this.#dials.get(key) ?? 0) + 1;
    this.#dials.set(key, count);
    const isAllowed = count === 1 || this.#repeatable.has(deliveryId);
    this.#expect(isAllowed, `${deliveryId} is sent twice at revision ${revision}`);
  };

  onDeliveryUndone({ id }: DeliveryDoc): void {
    this.#repeatable.add(id);
  }

  onDeliveryWritten(before: DeliveryDoc | undefined, after: DeliveryDoc): void {
    const { id, rev, status, partition, nextAt, reason } = after;
    this.#expect(rev === (before?.rev ?? 0) + 1, `${id} goes from revision ${before?.rev} to ${rev}`);
    const isPending = status === 'pending';
    const isWaiting = partition !== undefined && nextAt !== undefined;
    const isFinal = partition === undefined && nextAt === undefined;
    this.#expect(
      isPending ? isWaiting : isFinal,
      `${id} is ${status} with partition ${partition} and time ${nextAt}`,
    );
    if (partition !== undefined)
      this.#expect(partition === toPartition(after.webhookId), `partition of ${id}`);
    const isByUser = reason === 'awaiting_retry' && after.attempts.length === before?.attempts.length;
    const wasFinal = before !== undefined && before.status !== 'pending' && before.status !== status;
    const isLateSuccess = before?.status === 'cancelled' && status === 'delivered';
    this.#expect(!wasFinal || isByUser || isLateSuccess, `${id} is ${before?.status}, and then ${status}`);
  }

  onEventWritten(before: EventDoc | undefined, after: EventDoc): void {
    if (before === undefined) this.#expectOwed(after);
    const closed = before?.open?.filter((partition) => after.open?.includes(partition) !== true) ?? [];
    for (const eventId of closed.length === 0 ? [] : (before?.batch ?? [after.id])) {
      const event = this.#db.events.durable.get(eventId)?.event;
      if (event !== undefined) this.#expectDocuments(event, closed, after.id);
    }
  }

  /** An event is stored only while an entry owes its deliveries, so that none is stored too late. */
  #expectOwed({ id, event, open = [] }: EventDoc): void {
    if (event === undefined) return;
    const owed = this.#findOwed(this.#db.events.current).get(id) ?? new Set();
    const forgotten = event.targets.filter((webhookId) => {
      const partition = toPartition(webhookId);
      return !owed.has(partition) && !open.includes(partition);
    });
    this.#expect(forgotten.length === 0, `${id} is stored although its entry is closed`);
  }

  /** Of an event of an entry that no longer owes these partitions. Another entry can owe them. */
  #expectDocuments(event: AcceptedEvent, partitions: readonly number[], entryId: string): void {
    const others = new Map([...this.#db.events.durable].filter(([id]) => id !== entryId));
    const owed = this.#findOwed(others).get(event.id);
    for (const [index, webhookId] of event.targets.entries()) {
      const partition = toPartition(webhookId);
      if (!partitions.includes(partition) || owed?.has(partition) === true) continue;
      const id = toDeliveryId(event.id, index);
      this.#expect(
        this.#db.deliveries.durable.has(id),
        `${entryId} is closed although no majority has the document of ${id}`,
      );
    }
  }

  /** Throws if an invariant was broken. */
  check(): void {
    this.#checkOwners();
    if (this.#version !== this.#db.version) {
      this.#version = this.#db.version;
      this.#checkAccepted();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Keeps the first failure for `check`: the code under test would catch it. */
  #expect(condition: boolean, message: string): void {
    if (!condition) this.#failure ??= new InvariantError(message);
  }

  /** At most one process sends to a partition. */
  #checkOwners(): void {
    for (let partition = 0; partition < this.#partitionCount; partition++) {
      let owners = 0;
      for (const server of this.#servers) if (server.believes(partition)) owners++;
      this.#expect(owners <= 1, `${owners} processes send to partition ${partition}`);
    }
    for (const server of this.#servers) {
      const { processId } = server.ownership;
      if (this.#fenced.has(processId) || this.#owners?.processes.get(processId)?.state !== 'fenced') continue;
      this.#fenced.add(processId);
      this.onInterrupted(server);
    }
  }

  /** What was accepted is stored by a majority, and each of its deliveries is owed or has a document. */
  #checkAccepted(): void {
    const { events, deliveries } = this.#db;
    const owed = this.#findOwed(events.durable);
    for (const id of this.#accepted) {
      const event = events.durable.get(id)?.event;
      this.#expect(event !== undefined, `${id} was accepted and is lost`);
      for (const [index, webhookId] of event?.targets.entries() ?? []) {
        const deliveryId = toDeliveryId(id, index);
        const isOwed = owed.get(id)?.has(toPartition(webhookId)) === true;
        this.#expect(deliveries.durable.has(deliveryId) || isOwed, `${deliveryId} is lost`);
      }
    }
  }

  /** The partitions that open entries owe, by event. */
  #findOwed(events: ReadonlyMap<string, EventDoc>): Map<string, Set<number>> {
    const owed = new Map<string, Set<number>>();
    for (const { id, open, batch = [id] } of events.values()) {
      for (const eventId of open === undefined ? [] : batch) {
        owed.set(eventId, new Set([...(owed.get(eventId) ?? []), ...(open ?? [])]));
      }
    }
    return owed;
  }

  /** What happened, to see that a run tests something. */
  get counts() {
    const all = [...this.#db.deliveries.current.values()];
    const delivered = all.filter(({ status }) => status === 'delivered').length;
    const dials = [...this.#dials.values()].reduce((sum, count) => sum + count, 0);
    return { accepted: this.#accepted.size, dials, deliveries: all.length, delivered };
  }

  isQuiet(): boolean {
    const isIdle = this.#running.every((server) => isEmpty(server));
    const isClosed = [...this.#db.events.current.values()].every(({ open }) => open === undefined);
    const isFinal = [...this.#db.deliveries.current.values()].every(({ status }) => status !== 'pending');
    return isIdle && isClosed && isFinal;
  }

  /** When everything works again: all is closed, and nothing that is due is left. */
  checkEnd(now: number): void {
    for (const { id, open } of this.#db.events.current.values()) {
      this.#expect(open === undefined, `${id} stays open for the partitions ${open?.join()}`);
    }
    for (const { id, nextAt = Number.POSITIVE_INFINITY, status } of this.#db.deliveries.current.values()) {
      this.#expect(nextAt > now - maxLateMs, `${id} is ${status} and overdue by ${now - nextAt} ms`);
    }
    for (const [id, revision] of this.#asked) {
      const isFailed = this.#db.deliveries.current.get(id)?.status === 'failed';
      const isSent = (this.#latestDials.get(id) ?? 0) >= revision;
      this.#expect(!isFailed || isSent, `${id} failed and was not sent again`);
    }
    for (const server of this.#running) {
      this.#expect(isEmpty(server), `memory is not empty: ${JSON.stringify(server.engine.stats)}`);
    }
    this.check();
  }

  get #running(): SimulatedServer[] {
    return this.#servers.filter(({ isRunning }) => isRunning);
  }

  get #db(): SimulatedDatabase {
    if (this.#database === undefined) throw new Error('no database is observed');
    return this.#database;
  }
}

function isEmpty({ engine }: SimulatedServer): boolean {
  const { inFlight, queued, held, entries, reserved, bytes, unwrittenResults } = engine.stats;
  return inFlight + queued + held + entries + reserved + bytes + unwrittenResults === 0;
}

export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}
