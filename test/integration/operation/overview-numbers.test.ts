import { beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf, ProcedurePath } from '../../support/app.ts';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { subscribe, type Subscribed } from '../../support/publishing.ts';

/** Answers by path: `/503` is an error, `/410` asks for no more deliveries. */
const receiver = useReceiver({ answer: ({ path }) => Number(path.slice(1)) });
const app = useTestApp({ env: { RETRY_SCHEDULE: '1h,1h' } });

let accountId: string;
let failing: Subscribed;
let callers: Record<string, { readonly token: string; readonly appId?: string }>;

const started = Date.now();

/** Three apps of one account, and one of another. Each webhook is in another state. */
beforeAll(async () => {
  const at = (status: number) => new URL(`/${status}`, receiver.url).href;
  accountId = await app.createAccount();
  const inApp = async () => ({ appId: await app.createApp({ accountId }) });
  failing = await subscribe(app, at(503), await inApp());
  const [fine, gone, other] = [
    await subscribe(app, at(200), await inApp()),
    await subscribe(app, at(410), await inApp()),
    await subscribe(app, at(500)),
  ];
  await app.call('webhooks.create', {
    appId: failing.appId,
    url: at(200),
    events: ['user.login'],
    enabled: false,
  });
  for (const { publish } of [failing, failing, failing, fine, fine, gone, other]) await publish();
  // A test ping is an event with a delivery, too.
  await app.call('webhooks.test', { id: fine.webhookId });
  await app.call('webhooks.test', { id: failing.webhookId });
  const { key } = await app.createKey({ accountId });
  callers = {
    operator: { token: app.rootToken },
    account: { token: key },
    app: { token: key, appId: failing.appId },
  };
});

async function total(path: ProcedurePath, input: object, token: string): Promise<number> {
  let count = 0;
  let cursor: string | null = null;
  do {
    // `as`: every list has these fields.
    const page = (await app.call(path, { ...input, cursor, limit: 2 }, { token })) as unknown as {
      items: unknown[];
      nextCursor: string | null;
    };
    count += page.items.length;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return count;
}

/** The numbers of the overview, and the totals of the lists that they link to. */
async function readBoth({ token, appId }: { readonly token: string; readonly appId?: string }) {
  const stats = await app.call('system.stats', { appId, hours: 24 }, { token });
  const incidents = await app.call('incidents.count', { appId }, { token });
  const { outcomes, webhooks } = stats;
  const count = async (path: ProcedurePath, input: object) => await total(path, { appId, ...input }, token);
  return {
    shown: {
      accepted: stats.totals.accepted,
      deliveries: outcomes.deliveries,
      delivered: outcomes.delivered,
      waiting: outcomes.waiting,
      queued: stats.queue.pending,
      failed: outcomes.failed,
      failing: webhooks.failing,
      paused: webhooks.paused,
      disabled: webhooks.disabled,
      autoDisabled: webhooks.disabledByPlatform,
      incidents: incidents.open,
    },
    listed: {
      accepted: await count('events.list', { since: stats.since }),
      deliveries: await count('deliveries.list', {}),
      delivered: await count('deliveries.list', { status: 'delivered' }),
      waiting: await count('deliveries.list', { status: 'pending' }),
      queued: await count('deliveries.list', { status: 'pending' }),
      failed: await count('deliveries.list', { status: 'failed' }),
      failing: await count('incidents.webhooks', { state: 'failing' }),
      paused: await count('incidents.webhooks', { state: 'paused' }),
      disabled: await count('incidents.webhooks', { state: 'disabled' }),
      autoDisabled: await count('incidents.webhooks', { state: 'disabled', disabledBy: 'platform' }),
      incidents: await count('incidents.list', { state: 'open' }),
    },
  };
}

describe('each number of the overview', () => {
  it.each([
    [
      'operator',
      { accepted: 9, deliveries: 9, waiting: 4, failed: 2, failing: 2, disabled: 2, incidents: 3 },
    ],
    ['account', { accepted: 8, deliveries: 8, waiting: 3, failed: 2, failing: 1, disabled: 2, incidents: 2 }],
    ['app', { accepted: 4, deliveries: 4, waiting: 3, failed: 1, failing: 1, disabled: 1, incidents: 1 }],
  ])('is the total of the list that it links to, for the %s', async (caller, expected) => {
    const asCaller = callers[caller] ?? { token: '' };
    // Counts of activity and incidents are saved every five seconds.
    await expect
      .poll(async () => await readBoth(asCaller), { timeout: 15_000 })
      .toMatchObject({ shown: expected, listed: expected });
    const { shown, listed } = await readBoth(asCaller);
    expect(shown).toEqual(listed);
  });

  it('counts each attempt, and those whose delivery is tried again by themselves', async () => {
    const stats = await app.call('system.stats', { hours: 1 }, { token: app.rootToken });
    const sum = (select: (point: (typeof stats.series)[number]) => number) =>
      stats.series.reduce((all, point) => all + select(point), 0);
    expect(stats.totals).toMatchObject({ attempts: 9, failedAttempts: 6 });
    expect(sum(({ retried }) => retried)).toBe(4);
    expect(sum(({ failed }) => failed)).toBe(2);
    expect(stats.series.at(-1)?.waiting).toBe(4);
  });
});

describe('an incident', () => {
  const get = async (): Promise<OutputOf<'incidents.get'>> => {
    const id = `inc_${failing.webhookId.slice('wh_'.length)}_http_status_503`;
    return await app.call('incidents.get', { id }, { token: callers['account']?.token ?? '' });
  };

  it('shows the failures of one webhook with their backlog and share', async () => {
    const incident = await get();
    expect(incident).toMatchObject({
      webhookId: failing.webhookId,
      appId: failing.appId,
      accountId,
      url: new URL('/503', receiver.url).href,
      webhookState: 'failing',
      reason: 'http_status',
      statusCode: 503,
      state: 'open',
      failedAttempts: 3,
      waiting: 3,
      waitingIsCapped: false,
      closedAt: null,
      snoozedUntil: null,
      note: null,
    });
    expect(incident.hourly.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(incident.share).toBeCloseTo(3 / 8);
    expect(Date.parse(incident.openedAt)).toBeGreaterThan(started);
  });

  it('is snoozed and noted, and the audit log says by whom and from what', async () => {
    const { id } = await get();
    const { token } = callers['account'] ?? { token: '' };
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const snoozed = await app.call('incidents.snooze', { id, until }, { token });
    expect(snoozed).toMatchObject({ id, snoozedUntil: until });
    await app.call('incidents.note', { id, note: ' Known ' }, { token });
    expect(await app.call('incidents.count', {}, { token })).toMatchObject({ open: 2, snoozed: 1 });
    const { items } = await app.call('auditLog.list', { targetId: id });
    expect(items.map(({ action, changes }) => ({ action, changes }))).toEqual([
      { action: 'incident.noted', changes: [{ field: 'note', before: null, after: 'Known' }] },
      { action: 'incident.snoozed', changes: [{ field: 'snoozedUntil', before: null, after: until }] },
    ]);
    const refused = await app.trpc('incidents.snooze', { id, until: '2020-01-01T00:00:00Z' }, { token });
    expect(refused.error?.data.tocsin).toMatchObject({
      code: 'INVALID_INPUT',
      errors: [{ path: 'until', message: expect.stringContaining('is past') as string }],
    });
  });

  it('is erased with its webhook', async () => {
    const { id, webhookId } = await get();
    await app.call('webhooks.delete', { id: webhookId });
    expect((await app.trpc('incidents.get', { id })).status).toBe(404);
  });
});
