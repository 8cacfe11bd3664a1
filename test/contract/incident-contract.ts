import { expect, it } from 'vitest';
import {
  hourMs,
  quietMs,
  toIncidentId,
  type Incident,
  type IncidentFailures,
} from '../../server/src/domain/incident.ts';
import type { IncidentQuery, IncidentStore } from '../../server/src/domain/ports/incident-store.ts';

interface Harness extends AsyncDisposable {
  readonly incidents: IncidentStore;
}

const start = Date.parse('2026-01-01T00:00:00.000Z');
const ours = { webhookId: 'wh_00000000000a', appId: 'app_a', accountId: 'acc_a' };
const theirs = { webhookId: 'wh_00000000000b', appId: 'app_b', accountId: 'acc_b' };
const everything = { excludedAppIds: [] };

export function someFailures(
  webhook: Pick<Incident, 'webhookId' | 'appId' | 'accountId'>,
  at: number,
  change: Partial<IncidentFailures> = {},
): IncidentFailures {
  const { reason = 'http_status', statusCode = 503 } = change;
  return {
    id: toIncidentId(webhook.webhookId, reason, statusCode),
    ...webhook,
    reason,
    statusCode,
    attempts: 1,
    firstAt: at,
    lastAt: at,
    ...change,
  };
}

/** Failed attempts by webhook, reason and status. */
export function incidentContract(name: string, open: () => Promise<Harness>): void {
  it(`${name}: adds failures up, by clock hour of the last day`, async () => {
    await using h = await open();
    const { incidents } = h;
    const first = someFailures(ours, start, { attempts: 3, lastAt: start + 5 });
    await incidents.addFailures([first, someFailures(ours, start, { reason: 'timeout', statusCode: null })]);
    await incidents.addFailures([someFailures(ours, start + 10, { attempts: 2 })]);
    await incidents.addFailures([someFailures(ours, start + hourMs)]);
    const expected: Incident = {
      id: 'inc_00000000000a_http_status_503',
      ...ours,
      reason: 'http_status',
      statusCode: 503,
      firstSeenAt: start,
      openedAt: start,
      lastSeenAt: start + hourMs,
      failedAttempts: 6,
      hourly: [
        { at: start, attempts: 5 },
        { at: start + hourMs, attempts: 1 },
      ],
      endsAt: null,
      closedBy: null,
      snoozedUntil: null,
      snoozedByOperator: false,
      note: null,
    };
    expect(await incidents.get(first.id)).toEqual(expected);
    await incidents.addFailures([someFailures(ours, start + 24 * hourMs)]);
    expect((await incidents.get(first.id))?.hourly.map(({ at }) => (at - start) / hourMs)).toEqual([1, 24]);
    expect(await incidents.get('inc_00000000000a_timeout')).toMatchObject({
      failedAttempts: 1,
      statusCode: null,
    });
    expect(await incidents.get('inc_00000000000c_timeout')).toBeUndefined();
  });

  it(`${name}: closes an incident some time after its last failure, and opens it again`, async () => {
    await using h = await open();
    const { incidents } = h;
    const { id } = someFailures(ours, start);
    await incidents.addFailures([someFailures(ours, start), someFailures(theirs, start)]);
    // A success from before the last failure.
    await incidents.close([{ webhookId: ours.webhookId, at: start, by: 'success' }]);
    expect((await incidents.get(id))?.endsAt).toBeNull();
    await incidents.close([{ webhookId: ours.webhookId, at: start + 1_000, by: 'success' }]);
    expect(await incidents.get(id)).toMatchObject({ endsAt: start + quietMs, closedBy: 'success' });
    // It still flaps.
    await incidents.addFailures([someFailures(ours, start + 2_000)]);
    expect(await incidents.get(id)).toMatchObject({ endsAt: null, closedBy: null, failedAttempts: 2 });
    const later = start + 2 * quietMs;
    await incidents.close([{ webhookId: ours.webhookId, at: later, by: 'success' }]);
    await incidents.update(id, { note: 'Known', snoozedUntil: later + hourMs });
    expect(await incidents.get(id)).toMatchObject({ endsAt: later });
    await incidents.addFailures([someFailures(ours, later + 1, { attempts: 4 })]);
    expect(await incidents.get(id)).toMatchObject({
      firstSeenAt: start,
      openedAt: later + 1,
      failedAttempts: 4,
      note: 'Known',
      snoozedUntil: later + hourMs,
    });
    await incidents.close([{ webhookId: ours.webhookId, at: later + 5, by: 'disabled' }]);
    expect(await incidents.get(id)).toMatchObject({ endsAt: later + 5, closedBy: 'disabled' });
    expect((await incidents.get(someFailures(theirs, start).id))?.endsAt).toBeNull();
    await incidents.remove([ours.webhookId]);
    expect(await incidents.get(id)).toBeUndefined();
  });

  it(`${name}: lists the worst first, page by page, and counts what is open`, async () => {
    await using h = await open();
    const { incidents } = h;
    const now = start + hourMs;
    const statuses = [500, 501, 502, 503, 504];
    await incidents.addFailures([
      ...statuses.map((statusCode) => someFailures(ours, start, { statusCode, attempts: statusCode })),
      someFailures(theirs, start, { statusCode: 429, attempts: 9_000 }),
    ]);
    await incidents.close([{ webhookId: theirs.webhookId, at: now - 1, by: 'success' }]);
    await incidents.addFailures([
      someFailures(theirs, now - 60_000, { reason: 'timeout', statusCode: null }),
    ]);
    await incidents.close([{ webhookId: theirs.webhookId, at: now - 1, by: 'success' }]);
    const list = async (query: Omit<IncidentQuery, 'excludedAppIds'>, limit = 2) => {
      const found: (string | number)[] = [];
      let cursor: string | undefined;
      do {
        const page = await incidents.list({ ...everything, ...query }, now, { cursor, limit });
        found.push(...page.items.map(({ statusCode, reason }) => statusCode ?? reason));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return found;
    };
    const worst = [504, 503, 502, 501, 500];
    // The last one has a success, and less than five quiet minutes.
    expect(await list({ state: 'open' })).toEqual([...worst, 'timeout']);
    expect(await list({ state: 'unended' })).toEqual(worst);
    expect(await incidents.listAccountsWithUnended(undefined, 9)).toEqual(['acc_a']);
    await incidents.addFailures([
      someFailures({ ...theirs, webhookId: 'wh_00000000000c', accountId: 'acc_c' }, start),
    ]);
    expect(await incidents.listAccountsWithUnended(undefined, 9)).toEqual(['acc_a', 'acc_c']);
    expect(await incidents.listAccountsWithUnended(undefined, 1)).toEqual(['acc_a']);
    expect(await incidents.listAccountsWithUnended('acc_a', 9)).toEqual(['acc_c']);
    await incidents.remove(['wh_00000000000c']);
    expect(await list({ state: 'closed' })).toEqual([429]);
    expect(await list({ state: 'open', accountId: 'acc_b' })).toEqual(['timeout']);
    expect(await list({ state: 'open', appId: 'app_a' }, 5)).toEqual(worst);
    expect(await list({ state: 'open', webhookId: ours.webhookId }, 50)).toEqual(worst);
    expect(await list({ state: 'open', webhookId: ours.webhookId, accountId: 'acc_b' })).toEqual([]);
    await incidents.update('inc_00000000000a_http_status_500', { snoozedUntil: now + 1 });
    const count = async (limit: number) => await incidents.countOpen(everything, now, limit);
    expect(await count(10)).toEqual({ open: 6, snoozed: 1, isCapped: false });
    expect(await count(3)).toMatchObject({ open: 3, isCapped: true });
    expect(await incidents.countOpen({ ...everything, accountId: 'acc_c' }, now, 3)).toEqual({
      open: 0,
      snoozed: 0,
      isCapped: false,
    });
    expect(await incidents.update('inc_00000000000c_timeout', { note: 'x' })).toBeUndefined();
  });

  it(`${name}: finds webhooks whose open incidents are all snoozed`, async () => {
    await using h = await open();
    const { incidents } = h;
    const snoozed = someFailures(ours, start);
    await incidents.addFailures([snoozed, someFailures(theirs, start)]);
    const find = async (now: number) => [
      ...(await incidents.findSnoozed([ours.webhookId, theirs.webhookId], now, 'anyone')),
    ];
    const findByOperator = async () => [
      ...(await incidents.findSnoozed([ours.webhookId, theirs.webhookId], start, 'operator')),
    ];
    expect(await find(start)).toEqual([]);
    await incidents.update(snoozed.id, { snoozedUntil: start + hourMs });
    expect(await find(start)).toEqual([ours.webhookId]);
    expect(await findByOperator()).toEqual([]);
    await incidents.update(snoozed.id, { snoozedByOperator: true });
    expect(await findByOperator()).toEqual([ours.webhookId]);
    expect(await find(start + hourMs)).toEqual([]);
    await incidents.addFailures([someFailures(ours, start, { reason: 'timeout', statusCode: null })]);
    expect(await find(start)).toEqual([]);
    expect(await incidents.findSnoozed([], start, 'anyone')).toEqual(new Set());
  });
}
