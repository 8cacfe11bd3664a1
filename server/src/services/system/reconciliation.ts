import type { AuditFinding, SystemAudit } from '@tocsin/shared';
import type {
  ReconciliationSlice,
  ReconciliationStore,
  RecordedDelivery,
} from '../../domain/ports/reconciliation-store.ts';
import { toDeliveryId, lowestIdAt } from '../../domain/ids.ts';
import type { Actor } from '../../domain/access.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { iso } from '../common/iso-time.ts';

export interface ReconciliationDeps {
  readonly reconciliation: ReconciliationStore;
  readonly clock: Clock;
  /** What is older may be half removed by retention, ms. */
  readonly keepMs: number;
}

interface AuditWindow {
  /** Accepted at or after, epoch ms. @default a day before `to` */
  readonly from?: number | undefined;
  /** Accepted before, epoch ms. @default now */
  readonly to?: number | undefined;
  /** `next` of the answer before: goes on with the same window. */
  readonly after?: string | undefined;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Two reads of the database, some ms each. */
const eventsPerSlice = 200;
/** One call's worth: some seconds. */
const eventsPerCall = 50_000;
const maxFindings = 1_000;

/** A lease lasts 15 s and the claim loop looks every second: what has ended four leases ago is not being worked on. */
const stuckAfterMs = 60_000;

/** Purging goes from old to new: what is this much younger than its limit has not been touched. */
const purgeMarginMs = 60 * 60 * 1000;

export type Reconcile = (window: AuditWindow) => Promise<SystemAudit>;

/**
 * The conservation check: each event of a window times the webhooks that it matched is delivered, pending, failed or
 * cancelled, each with its reason, or it is named here. May run beside any load: what moves while it is read is looked
 * at again before it is called a finding.
 */
export function createReconciliation({ reconciliation, clock, keepMs }: ReconciliationDeps): Reconcile {
  return async function check({ from, to = clock.now(), after }) {
    const start = Math.max(from ?? to - dayMs, clock.now() - keepMs + purgeMarginMs);
    const report = new Report();
    if (after === undefined) {
      for (const { id, since } of await reconciliation.findStuckClaims(
        clock.now() - stuckAfterMs,
        maxFindings,
      )) {
        report.find({
          kind: 'stuck_claim',
          id,
          detail: `its lease ended at ${iso(since)}, and nobody has claimed it since: no worker runs, or none keeps up`,
        });
      }
    }
    let next: string | undefined = after ?? lowestIdAt('evt_', start);
    while (next !== undefined && report.events < eventsPerCall) {
      const slice: ReconciliationSlice = await reconciliation.readSlice(next, to, eventsPerSlice);
      await compareDelivery(reconciliation, slice, report);
      next = slice.next;
    }
    return report.answer({ from: start, to }, next);
  };
}

/** For people: over the events of all accounts, so it is the operator's. */
export function createSystemAudit(access: AccessControl, check: Reconcile) {
  return async function systemAudit(
    actor: Actor,
    { from, to, after }: { from?: string | undefined; to?: string | undefined; after?: string | undefined },
  ): Promise<SystemAudit> {
    access.requireScope(actor, 'operator');
    return await check({
      from: from === undefined ? undefined : Date.parse(from),
      to: to === undefined ? undefined : Date.parse(to),
      after,
    });
  };
}

async function compareDelivery(
  reconciliation: ReconciliationStore,
  slice: ReconciliationSlice,
  report: Report,
): Promise<void> {
  report.events += slice.events.length;
  const recorded = new Map(slice.deliveries.map((delivery) => [delivery.id, delivery]));
  const missing: { id: string; eventId: string; webhookId: string }[] = [];
  for (const { id: eventId, targets } of slice.events) {
    for (const [index, webhookId] of targets.entries()) {
      const id = toDeliveryId(eventId, index);
      const delivery = recorded.get(id);
      if (delivery === undefined) missing.push({ id, eventId, webhookId });
      else report.count(delivery);
    }
  }
  await reportMissing(reconciliation, missing, report);
  await reportOrphans(reconciliation, slice, report);
}

/** Not recorded: its first attempt is under way, or was when we read; or it will never be made. */
async function reportMissing(
  reconciliation: ReconciliationStore,
  missing: readonly { id: string; eventId: string; webhookId: string }[],
  report: Report,
): Promise<void> {
  if (missing.length === 0) return;
  const open = await reconciliation.findPendingEvents(missing.map(({ eventId }) => eventId));
  const left = missing.filter(({ eventId }) => !open.has(eventId));
  for (let n = left.length; n < missing.length; n++) report.add('pending', 'awaiting_first_attempt');
  if (left.length === 0) return;
  // Its batch may have been closed between the two reads. Then it is recorded by now.
  const late = new Map(
    (await reconciliation.getDeliveries(left.map(({ id }) => id))).map((one) => [one.id, one]),
  );
  for (const { id, eventId, webhookId } of left) {
    const delivery = late.get(id);
    if (delivery !== undefined) report.count(delivery);
    else {
      report.lost++;
      report.find({
        kind: 'event_without_delivery',
        id: eventId,
        detail: `owes webhook ${webhookId} the delivery ${id}, which is neither recorded nor in the queue`,
      });
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
  const existing = await reconciliation.findExistingEvents(others.map((delivery) => delivery.eventId));
  for (const { id, eventId } of others) {
    if (existing.has(eventId)) continue;
    report.find({ kind: 'delivery_without_event', id, detail: `its event ${eventId} is not there` });
  }
}

class Report {
  events = 0;
  lost = 0;
  #unexplained = 0;
  readonly #findings: AuditFinding[] = [];
  readonly #counts = new Map<string, { status: RecordedDelivery['status']; reason: string; count: number }>();

  count(delivery: RecordedDelivery): void {
    const { id, status, reason, isQueued } = delivery;
    this.add(status, reason ?? 'none');
    if (status === 'pending' && !isQueued) {
      this.find({
        kind: 'pending_not_queued',
        id,
        detail: 'is pending and has no due time, so nobody will claim it',
      });
    }
  }

  add(status: RecordedDelivery['status'], reason: string): void {
    const key = `${status} ${reason}`;
    const entry = this.#counts.get(key);
    if (entry === undefined) this.#counts.set(key, { status, reason, count: 1 });
    else entry.count++;
  }

  find(finding: AuditFinding): void {
    this.#unexplained++;
    if (this.#findings.length < maxFindings) this.#findings.push(finding);
  }

  answer(window: { from: number; to: number }, next: string | undefined): SystemAudit {
    const counts = [...this.#counts.values()];
    const sum = (status?: RecordedDelivery['status']) =>
      counts
        .filter((entry) => status === undefined || entry.status === status)
        .reduce((total, entry) => total + entry.count, 0);
    return {
      window: { from: iso(window.from), to: iso(window.to) },
      events: this.events,
      expected: sum() + this.lost,
      delivered: sum('delivered'),
      pending: sum('pending'),
      failed: sum('failed'),
      cancelled: sum('cancelled'),
      reasons: counts.toSorted((a, b) => b.count - a.count),
      unexplained: this.#unexplained,
      findings: this.#findings,
      next: next ?? null,
    };
  }
}
