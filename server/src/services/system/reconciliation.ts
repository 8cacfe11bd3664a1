import type { AuditFinding, SystemAudit } from '@tocsin/shared';
import type {
  ReconciliationSlice,
  ReconciliationStore,
  RecordedDelivery,
  SliceLimits,
} from '../../domain/ports/reconciliation-store.ts';
import { toDeliveryId, lowestIdAt } from '../../domain/ids.ts';
import type { Actor } from '../../domain/access.ts';
import { toRetentionLimit } from '../../domain/retention.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { toIso } from '../common/iso-time.ts';

export interface ReconciliationDeps {
  readonly reconciliation: ReconciliationStore;
  readonly clock: Clock;
  /** Retention time in ms. Retention may have removed parts of older events. */
  readonly keepMs: number;
}

interface AuditWindow {
  /** Accepted at or after, epoch ms. @default a day before `to` */
  readonly from?: number | undefined;
  /** Accepted before, epoch ms. @default now */
  readonly to?: number | undefined;
  /** `next` of the previous result, to continue with the same window. */
  readonly after?: string | undefined;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Each slice takes two short reads of the database. An event can have thousands of deliveries. */
const sliceLimits: SliceLimits = { events: 200, deliveries: 5_000 };
/** Limits per call, which keep a call within seconds: the caller continues at `next`. */
const eventsPerCall = 50_000;
const deliveriesPerCall = 500_000;
const maxCallMs = 8_000;
const maxFindings = 1_000;

/** A partition without an owner is taken over sooner than this, so an entry that waits longer is stuck. */
const stuckAfterMs = 60_000;

export type Reconcile = (window: AuditWindow) => Promise<SystemAudit>;

/**
 * Reconciliation: compares the accepted events of a window with their deliveries. Each event must have one
 * delivery for each webhook that it matched: delivered, pending, failed or cancelled, each with a reason.
 * Reports everything else as a discrepancy. Safe under load: a delivery that changes during the check is read
 * again before it is reported.
 */
export function createReconciliation({ reconciliation, clock, keepMs }: ReconciliationDeps): Reconcile {
  return async function reconcile({ from, to = clock.now(), after }) {
    const start = Math.max(from ?? to - dayMs, toRetentionLimit(clock.now(), keepMs));
    const report = new Report();
    if (after === undefined) {
      for (const { id, since } of await reconciliation.findStuckEntries(
        clock.now() - stuckAfterMs,
        maxFindings,
      )) {
        report.addFinding({
          kind: 'stuck_claim',
          id,
          detail: `it was accepted at ${toIso(since)} and owes deliveries that no worker owns: no worker is running`,
        });
      }
    }
    const startedAt = clock.now();
    const canContinue = () =>
      report.events < eventsPerCall &&
      report.deliveries < deliveriesPerCall &&
      clock.now() - startedAt < maxCallMs;
    let next: string | undefined = after ?? lowestIdAt('evt_', start);
    do {
      const slice: ReconciliationSlice = await reconciliation.readSlice(next, to, sliceLimits);
      await compareSlice(reconciliation, slice, report);
      next = slice.next;
    } while (next !== undefined && canContinue());
    return report.toResult({ from: start, to }, next);
  };
}

/** Reconciliation on request. Covers the events of all accounts, so only the operator may run it. */
export function createSystemAudit(access: AccessControl, reconcile: Reconcile) {
  return async function systemAudit(
    actor: Actor,
    { from, to, after }: { from?: string | undefined; to?: string | undefined; after?: string | undefined },
  ): Promise<SystemAudit> {
    access.requireScope(actor, 'operator');
    return await reconcile({
      from: from === undefined ? undefined : Date.parse(from),
      to: to === undefined ? undefined : Date.parse(to),
      after,
    });
  };
}

async function compareSlice(
  reconciliation: ReconciliationStore,
  slice: ReconciliationSlice,
  report: Report,
): Promise<void> {
  report.events += slice.events.length;
  report.deliveries += slice.events.reduce((sum, { targets }) => sum + targets.length, 0);
  const recorded = new Map(slice.deliveries.map((delivery) => [delivery.id, delivery]));
  const missing: MissingDelivery[] = [];
  for (const { id: eventId, appId, targets } of slice.events) {
    for (const [index, webhookId] of targets.entries()) {
      const id = toDeliveryId(eventId, index);
      const delivery = recorded.get(id);
      if (delivery === undefined) missing.push({ id, appId, eventId, webhookId });
      else if (delivery.webhookId === webhookId) report.count(delivery);
      else report.addLost(eventId, `${id} belongs to webhook ${delivery.webhookId} instead of ${webhookId}`);
    }
  }
  await reportMissing(reconciliation, missing, report);
  await reportOrphans(reconciliation, slice, report);
}

interface MissingDelivery {
  readonly id: string;
  readonly appId: string;
  readonly eventId: string;
  readonly webhookId: string;
}

/** A delivery without a record: its first attempt is pending, has just been stored, or was lost. */
async function reportMissing(
  reconciliation: ReconciliationStore,
  missing: readonly MissingDelivery[],
  report: Report,
): Promise<void> {
  if (missing.length === 0) return;
  const pending = await reconciliation.findPendingEvents(toDistinct(missing, 'eventId'));
  const left = missing.filter(({ eventId }) => !pending.has(eventId));
  for (let n = left.length; n < missing.length; n++) report.add('pending', 'awaiting_first_attempt');
  if (left.length === 0) return;
  // The outbox entry may have been completed between the two reads. The delivery is stored by now.
  const late = new Map(
    (await reconciliation.getDeliveries(left.map(({ id }) => id))).map((one) => [one.id, one]),
  );
  const lost = left.filter(({ id }) => !late.has(id));
  const deleted = await findDeletedApps(reconciliation, lost);
  for (const { id, appId, eventId, webhookId } of left) {
    const delivery = late.get(id);
    if (delivery !== undefined) report.count(delivery);
    else if (!deleted.has(appId)) {
      report.addLost(eventId, `${id} to webhook ${webhookId} is neither stored nor in the queue`);
    }
  }
}

async function reportOrphans(
  reconciliation: ReconciliationStore,
  slice: ReconciliationSlice,
  report: Report,
): Promise<void> {
  const present = new Set(slice.events.map((event) => event.id));
  const others = slice.deliveries.filter((delivery) => !present.has(delivery.eventId));
  if (others.length === 0) return;
  const existing = await reconciliation.findExistingEvents(toDistinct(others, 'eventId'));
  const orphans = others.filter(({ eventId }) => !existing.has(eventId));
  const deleted = await findDeletedApps(reconciliation, orphans);
  for (const { id, appId, eventId } of orphans) {
    if (deleted.has(appId)) continue;
    report.addFinding({ kind: 'delivery_without_event', id, detail: `its event ${eventId} does not exist` });
  }
}

/** Erasure removes deliveries and events one after the other, so neither is missing meanwhile. */
async function findDeletedApps(
  reconciliation: ReconciliationStore,
  objects: readonly { readonly appId: string }[],
): Promise<ReadonlySet<string>> {
  if (objects.length === 0) return new Set();
  return await reconciliation.findDeletedApps(toDistinct(objects, 'appId'));
}

/** The values of a field, each once: an event of thousands of deliveries is looked up once. */
function toDistinct<TField extends string>(
  objects: readonly Readonly<Record<TField, string>>[],
  field: TField,
): string[] {
  return [...new Set(objects.map((object) => object[field]))];
}

class Report {
  events = 0;
  /** Targets of the events. */
  deliveries = 0;
  lost = 0;
  #discrepancies = 0;
  readonly #findings: AuditFinding[] = [];
  readonly #counts = new Map<string, { status: RecordedDelivery['status']; reason: string; count: number }>();

  count(delivery: RecordedDelivery): void {
    const { id, status, reason, isQueued } = delivery;
    this.add(status, reason ?? 'none');
    if (status === 'pending' && !isQueued) {
      this.addFinding({
        kind: 'pending_not_queued',
        id,
        detail: 'is pending without a due time, so no worker will claim it',
      });
    }
  }

  addLost(eventId: string, detail: string): void {
    this.lost++;
    this.addFinding({ kind: 'event_without_delivery', id: eventId, detail: `its delivery ${detail}` });
  }

  add(status: RecordedDelivery['status'], reason: string): void {
    const key = `${status} ${reason}`;
    const entry = this.#counts.get(key);
    if (entry === undefined) this.#counts.set(key, { status, reason, count: 1 });
    else entry.count++;
  }

  addFinding(finding: AuditFinding): void {
    this.#discrepancies++;
    if (this.#findings.length < maxFindings) this.#findings.push(finding);
  }

  toResult(window: { from: number; to: number }, next: string | undefined): SystemAudit {
    const counts = [...this.#counts.values()];
    const sum = (status?: RecordedDelivery['status']) =>
      counts
        .filter((entry) => status === undefined || entry.status === status)
        .reduce((total, entry) => total + entry.count, 0);
    return {
      window: { from: toIso(window.from), to: toIso(window.to) },
      events: this.events,
      expected: sum() + this.lost,
      delivered: sum('delivered'),
      pending: sum('pending'),
      failed: sum('failed'),
      cancelled: sum('cancelled'),
      reasons: counts.toSorted((a, b) => b.count - a.count),
      unexplained: this.#discrepancies,
      findings: this.#findings,
      next: next ?? null,
    };
  }
}
