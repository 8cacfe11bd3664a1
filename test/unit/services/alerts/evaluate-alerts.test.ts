import { describe, expect, it } from 'vitest';
import type { AlertChannel, AlertRule } from '../../../../server/src/domain/alert.ts';
import type { EndpointWatch } from '../../../../server/src/domain/endpoint-watch.ts';
import type { AlertChanges } from '../../../../server/src/domain/ports/alert-store.ts';
import {
  createEvaluateAlerts,
  type EvaluateAlertsDeps,
} from '../../../../server/src/services/alerts/evaluate-alerts.ts';
import { MemoryAlertStore } from '../../../../server/testing/src/store/alerts/alert-store.ts';
import {
  anAlertChannel,
  anAlertRule,
  anEndpointWatch,
  anOpenAlert,
} from '../../../support/alert-builders.ts';
import { aWebhook } from '../../../support/builders.ts';

const minute = 60_000;
const now = Date.parse('2026-01-10T00:00:00.000Z');
const isoNow = '2026-01-10T00:00:00.000Z';

interface SceneOptions {
  readonly watches?: readonly EndpointWatch[];
  /** Watches that are found by their id only. */
  readonly older?: readonly EndpointWatch[];
  readonly webhooks?: readonly ReturnType<typeof aWebhook>[];
  readonly pending?: Readonly<Record<string, number>>;
  readonly oldestOwedAt?: number | null;
  readonly snoozed?: readonly string[];
  readonly hasAccountAlerts?: boolean;
}

/** Rules and channels in memory. `changes` are those that were stored, `counted` the owners whose queue was counted. */
function aScene(options: SceneOptions = {}) {
  const { watches = [], older = [], webhooks = [], pending = {}, snoozed = [] } = options;
  const alerts = new MemoryAlertStore();
  const changes: AlertChanges[] = [];
  const counted: (string | undefined)[] = [];
  const asked: (readonly string[])[] = [];
  let message = 0;
  // `as`: the queue state has more, which alerts do not read.
  const deps = {
    alerts: {
      listEnabledRules: (limit: number) => alerts.listEnabledRules(limit),
      listOpen: (after: string | undefined, limit: number) => alerts.listOpen(after, limit),
      listOpenOf: (...of: Parameters<MemoryAlertStore['listOpenOf']>) => alerts.listOpenOf(...of),
      countWaiting: (ids: readonly string[], limit: number) => alerts.countWaiting(ids, limit),
      getChannels: (ids: readonly string[]) => alerts.getChannels(ids),
      apply: (change: AlertChanges) => {
        changes.push(change);
        return alerts.apply(change);
      },
    },
    watches: {
      listNewest: () => Promise.resolve([...watches]),
      listAfter: () => Promise.resolve([]),
      getMany: (ids: readonly string[]) =>
        Promise.resolve(older.filter(({ webhookId }) => ids.includes(webhookId))),
      findOldestOwed: () => Promise.resolve(options.oldestOwedAt ?? null),
    },
    webhooks: {
      getMany: (ids: readonly string[]) => Promise.resolve(webhooks.filter(({ id }) => ids.includes(id))),
    },
    deliveries: {
      getQueueState: ({ accountId }: { accountId?: string }) => {
        counted.push(accountId);
        return Promise.resolve({ pending: pending[accountId ?? 'all'] ?? 0 });
      },
    },
    secretBox: { decrypt: (sealed: string) => sealed },
    ids: { alertMessage: () => `alm_${++message}` },
    findSnoozed: (ids: readonly string[]) => {
      if (ids.length > 0) asked.push(ids);
      return Promise.resolve(new Set(snoozed));
    },
    disableAfterMs: 5 * 24 * 60 * minute,
    hasAccountAlerts: options.hasAccountAlerts ?? true,
  } as unknown as EvaluateAlertsDeps;
  return {
    alerts,
    changes,
    counted,
    asked,
    evaluate: createEvaluateAlerts(deps),
    rule: async (change: Partial<AlertRule> = {}) => {
      const rule = anAlertRule(change);
      await alerts.insertRule(rule, 1_000);
      return rule;
    },
    channel: async (change: Partial<AlertChannel> = {}) => {
      const channel = anAlertChannel(change);
      await alerts.insertChannel(channel, 1_000);
      return channel;
    },
    async messages() {
      const { items } = await alerts.listMessages({}, { cursor: undefined, limit: 100 });
      return items;
    },
  };
}

const failing = (change: Partial<EndpointWatch> = {}) =>
  anEndpointWatch({ unhealthySince: now - 10 * minute, since: now - minute, ...change });

describe('a rule about endpoints', () => {
  it('opens an alert for each, with one message that names them', async () => {
    const first = failing({ webhookId: 'wh_1' });
    const second = failing({ webhookId: 'wh_2' });
    const unknown = failing({ webhookId: 'wh_3' });
    const webhooks = [
      aWebhook({ id: 'wh_1', url: 'https://one.test/secret', description: null }),
      aWebhook({ id: 'wh_2', url: 'https://two.test/', description: 'Billing' }),
    ];
    const { evaluate, rule, channel, changes } = aScene({ watches: [first, second, unknown], webhooks });
    const { id: channelId } = await channel({ name: 'Pager' });
    const { id: ruleId } = await rule({ channelIds: [channelId], name: 'Down' });
    await evaluate(now);
    const target = { appId: 'app_test', accountId: 'acc_a', since: '2026-01-09T23:50:00.000Z' };
    const detail = '3 failures in a row for 10 min, last: the request timed out';
    const targets = [
      { ...target, webhookId: 'wh_1', label: 'one.test', detail },
      { ...target, webhookId: 'wh_2', label: 'two.test (Billing)', detail },
      { ...target, webhookId: 'wh_3', label: 'wh_3', detail },
    ];
    expect(changes).toEqual([
      {
        opened: targets.map((each) => ({
          id: `${ruleId}:${each.webhookId}`,
          ruleId,
          accountId: null,
          target: each,
          openedAt: now,
          toldAt: now,
        })),
        told: [],
        closed: [],
        messages: [
          {
            id: 'alm_1',
            at: now,
            kind: 'opened',
            alert: 'failing',
            accountId: null,
            ruleId,
            ruleName: 'Down',
            channelId,
            channelName: 'Pager',
            channelKind: 'webhook',
            count: 3,
            targets,
            status: 'waiting',
            tries: 0,
            nextAt: now,
            sentAt: null,
            error: null,
          },
        ],
      },
    ]);
  });

  it('stores nothing while nothing changes, reminds in time, and tells the end', async () => {
    const watches = [failing({ webhookId: 'wh_1' })];
    const { evaluate, rule, channel, changes } = aScene({ watches });
    const channelIds = [(await channel()).id];
    const { id } = await rule({ channelIds, remindAfterSeconds: 3_600 });
    await evaluate(now);
    await evaluate(now + 60 * minute - 1);
    expect(changes).toHaveLength(1);
    await evaluate(now + 60 * minute);
    expect(changes[1]).toMatchObject({
      opened: [],
      told: [{ id: `${id}:wh_1`, toldAt: now + 60 * minute }],
      messages: [{ kind: 'reminder', count: 1 }],
    });
    watches.pop();
    await evaluate(now + 61 * minute);
    expect(changes[2]).toMatchObject({
      opened: [],
      told: [],
      closed: [`${id}:wh_1`],
      messages: [{ kind: 'resolved', count: 1, targets: [{ webhookId: 'wh_1' }] }],
    });
  });

  it.each<[AlertRule['kind'], Partial<EndpointWatch>, number]>([
    ['failing', {}, now - 10 * minute],
    ['paused', { state: 'paused' }, now - minute],
    ['disabled', { state: 'disabled' }, now - minute],
    ['disable_warning', { unhealthySince: 0 }, 0],
  ])('of the kind %s says since when', async (kind, watch, since) => {
    const { evaluate, rule, changes } = aScene({ watches: [failing(watch)] });
    await rule({ kind, afterSeconds: 60 });
    await evaluate(now);
    expect(changes[0]?.opened.map(({ target }) => target.since)).toEqual([new Date(since).toISOString()]);
  });

  it('of an account is about its own endpoints, and off with the alerts of accounts', async () => {
    const watches = [failing({ webhookId: 'wh_1' }), failing({ webhookId: 'wh_2', accountId: 'acc_b' })];
    const on = aScene({ watches });
    await on.rule({ accountId: 'acc_b' });
    await on.rule({ accountId: 'acc_c' });
    await on.evaluate(now);
    expect(on.changes[0]?.opened.map(({ target }) => target.webhookId)).toEqual(['wh_2']);
    const off = aScene({ watches, hasAccountAlerts: false });
    await off.rule({ accountId: 'acc_b' });
    await off.evaluate(now);
    expect(off.changes).toEqual([]);
  });

  it('looks up open alerts whose endpoint is not among the newest', async () => {
    const { evaluate, rule, alerts, changes } = aScene({ older: [failing({ webhookId: 'wh_old' })] });
    const { id: ruleId } = await rule();
    const target = { ...anOpenAlert().target, webhookId: 'wh_old' };
    const open = anOpenAlert({ id: `${ruleId}:wh_old`, ruleId, target, toldAt: now });
    await alerts.apply({ opened: [open], told: [], closed: [], messages: [] });
    await evaluate(now);
    expect(changes).toEqual([]);
  });

  it('makes no message about a snoozed endpoint', async () => {
    const watches = [failing({ webhookId: 'wh_1' }), failing({ webhookId: 'wh_2' })];
    const { evaluate, rule, changes, asked } = aScene({ watches, snoozed: ['wh_1'] });
    await rule();
    await rule();
    await evaluate(now);
    expect(asked).toEqual([['wh_1', 'wh_2']]);
    expect(changes[0]?.opened.map(({ target }) => target.webhookId)).toEqual(['wh_2', 'wh_2']);
  });

  it('opens at most 500 alerts at once, and the others in the next evaluation', async () => {
    const watches = Array.from({ length: 501 }, (_, index) => failing({ webhookId: `wh_${index}` }));
    const { evaluate, rule, channel, changes, alerts } = aScene({ watches });
    await rule({ channelIds: [(await channel()).id] });
    await evaluate(now);
    expect(changes[0]?.opened).toHaveLength(500);
    expect(changes[0]?.messages).toMatchObject([{ count: 500 }]);
    expect(changes[0]?.messages[0]?.targets).toHaveLength(10);
    await evaluate(now);
    expect(changes[1]?.opened).toHaveLength(1);
    expect(changes[1]?.closed).toEqual([]);
    expect(await alerts.listOpen(undefined, 1_000)).toHaveLength(501);
  });
});

describe('the channels of a rule', () => {
  it('get a message each, but never those of another owner or those that are gone', async () => {
    const { evaluate, rule, channel, changes } = aScene({ watches: [failing()] });
    const [first, second] = [await channel(), await channel()];
    const foreign = await channel({ accountId: 'acc_a' });
    await rule({ channelIds: [first.id, foreign.id, 'ach_gone', second.id] });
    await evaluate(now);
    expect(changes[0]?.messages.map(({ channelId }) => channelId)).toEqual([first.id, second.id]);
  });

  it('get no message about a rule that is off or gone; its alerts end', async () => {
    const { evaluate, rule, alerts, changes, channel } = aScene();
    const { id: ruleId } = await rule({ enabled: false, channelIds: [(await channel()).id] });
    const open = [anOpenAlert({ id: 'a:queue', ruleId }), anOpenAlert({ id: 'b:queue', ruleId: 'alr_gone' })];
    await alerts.apply({ opened: open, told: [], closed: [], messages: [] });
    await evaluate(now);
    expect(changes).toEqual([{ opened: [], told: [], closed: ['a:queue', 'b:queue'], messages: [] }]);
  });
});

describe('a rule about the queue', () => {
  it('of the operator counts all accounts', async () => {
    const { evaluate, rule, counted, changes } = aScene({ pending: { all: 1_000, acc_a: 5 } });
    await rule({ kind: 'backlog' });
    await evaluate(now);
    expect(counted).toEqual([undefined]);
    expect(changes[0]?.opened.map(({ target }) => target)).toEqual([
      {
        webhookId: null,
        appId: null,
        accountId: null,
        label: 'the queue of all accounts',
        detail: 'at least 1000 deliveries are waiting: 1000',
        since: isoNow,
      },
    ]);
  });

  it('of an account counts its own', async () => {
    const { evaluate, rule, counted, changes } = aScene({
      pending: { all: 9_999, acc_a: 999, acc_b: 1_000 },
    });
    await rule({ kind: 'backlog', accountId: 'acc_b' });
    await rule({ kind: 'backlog', accountId: 'acc_a' });
    await evaluate(now);
    expect(counted).toEqual(['acc_a', 'acc_b']);
    expect(changes[0]?.opened).toMatchObject([
      { accountId: 'acc_b', target: { accountId: 'acc_b', label: 'the queue of acc_b' } },
    ]);
  });

  it('of the lag reads the oldest event, and counts nothing', async () => {
    const { evaluate, rule, counted, changes } = aScene({ oldestOwedAt: now - 2 * minute });
    await rule({ kind: 'lag', afterSeconds: 60 });
    await evaluate(now);
    expect(counted).toEqual([]);
    expect(changes[0]?.opened).toMatchObject([
      { target: { detail: 'the oldest event has waited 120 s for its first attempt' } },
    ]);
  });

  it('is over when the queue is short again', async () => {
    const pending: Record<string, number> = { all: 1_000 };
    const { evaluate, rule, changes } = aScene({ pending });
    const { id } = await rule({ kind: 'backlog' });
    await evaluate(now);
    pending['all'] = 999;
    await evaluate(now);
    expect(changes[1]?.closed).toEqual([`${id}:queue`]);
  });

  it('of many accounts is counted in turns; an alert stays open meanwhile', async () => {
    const accounts = Array.from({ length: 60 }, (_, index) => `acc_${String(index).padStart(2, '0')}`);
    const pending = Object.fromEntries(accounts.map((id) => [id, 1_000]));
    const { evaluate, rule, counted, changes, alerts } = aScene({ pending });
    for (const accountId of accounts) await rule({ kind: 'backlog', accountId });
    await evaluate(now);
    expect(new Set(counted).size).toBe(50);
    await evaluate(now);
    expect(counted).toHaveLength(100);
    expect(new Set(counted).size).toBe(60);
    expect(await alerts.listOpen(undefined, 100)).toHaveLength(60);
    expect(changes.flatMap(({ closed }) => closed)).toEqual([]);
  });
});
