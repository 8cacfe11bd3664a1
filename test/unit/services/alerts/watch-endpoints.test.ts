import { describe, expect, it } from 'vitest';
import type { EndpointHealth } from '../../../../server/src/domain/endpoint-health.ts';
import type { EndpointWatch } from '../../../../server/src/domain/endpoint-watch.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { createNoticeBudget } from '../../../../server/src/services/alerts/notice-budget.ts';
import { createNotices } from '../../../../server/src/services/alerts/to-notice.ts';
import {
  createWatchEndpoints,
  type WatchEndpointsDeps,
} from '../../../../server/src/services/alerts/watch-endpoints.ts';
import { anEndpointWatch } from '../../../support/alert-builders.ts';
import { aWebhook } from '../../../support/builders.ts';

const minute = 60_000;
const now = Date.parse('2026-01-10T00:00:00.000Z');
const failingSince = now - 10 * minute;

const badHealth: EndpointHealth = {
  failuresInARow: 4,
  failingSince,
  lastSuccessAt: null,
  lastFailureAt: now - minute,
  lastFailureReason: 'timeout',
};

interface SceneOptions {
  readonly failing?: readonly string[];
  readonly disabled?: readonly { readonly webhookId: string; readonly updatedAt: number }[];
  readonly watches?: readonly EndpointWatch[];
  readonly webhooks?: readonly Webhook[];
  readonly health?: Readonly<Record<string, EndpointHealth>>;
  /** Operational events about an account in a minute. Undefined: they are off. */
  readonly perMinute?: number;
}

function aScene({
  failing = [],
  disabled = [],
  watches = [],
  webhooks = [],
  health = {},
  perMinute,
}: SceneOptions) {
  const reads: (readonly string[])[] = [];
  const deps: WatchEndpointsDeps = {
    watches: {
      getMany: (ids) => Promise.resolve(watches.filter(({ webhookId }) => ids.includes(webhookId))),
      listAfter: (after, limit) =>
        Promise.resolve(watches.filter(({ webhookId }) => webhookId > (after ?? '')).slice(0, limit)),
      findDisabled: (since, limit) =>
        Promise.resolve(disabled.filter(({ updatedAt }) => updatedAt >= since).slice(0, limit)),
    },
    webhooks: {
      getMany: (ids) => {
        reads.push(ids);
        return Promise.resolve(webhooks.filter(({ id }) => ids.includes(id)));
      },
    },
    health: {
      get: (ids) => Promise.resolve(new Map(ids.flatMap((id) => (health[id] ? [[id, health[id]]] : [])))),
      findFailing: (_filter, limit) => Promise.resolve(failing.slice(0, limit)),
      listAccountsWithFailing: () => Promise.resolve(failing.length === 0 ? [] : ['acc_default']),
    },
    notices:
      perMinute === undefined
        ? undefined
        : {
            toNotice: createNotices({
              secretBox: { decrypt: (sealed) => sealed },
              operationalApp: 'app_ops',
            }).ofState,
            budget: createNoticeBudget(perMinute),
          },
  };
  return { reads, watch: createWatchEndpoints(deps) };
}

const webhook = (id: string, change: Partial<Webhook> = {}) =>
  aWebhook({ id, appId: 'app_1', accountId: 'acc_a', url: 'https://hooks.test/x', ...change });

describe('the watch of endpoints', () => {
  it('finds an endpoint that fails, and tells of it once', async () => {
    const scene = {
      failing: ['wh_1'],
      webhooks: [webhook('wh_1')],
      health: { wh_1: badHealth },
      perMinute: 9,
    };
    const first = await aScene(scene).watch(now, now);
    const watch: EndpointWatch = {
      webhookId: 'wh_1',
      appId: 'app_1',
      accountId: 'acc_a',
      state: 'failing',
      since: failingSince,
      unhealthySince: failingSince,
      failuresInARow: 4,
      reason: 'timeout',
      reported: 'failing',
      ended: null,
    };
    expect(first).toMatchObject({ watches: [watch], forgotten: [] });
    expect(first.notices).toEqual([
      {
        id: `wh_1:failing:${failingSince}`,
        accountId: 'acc_a',
        type: 'endpoint.failing',
        at: failingSince,
        data: {
          webhookId: 'wh_1',
          webhookAppId: 'app_1',
          accountId: 'acc_a',
          host: 'hooks.test',
          description: null,
          failingSince: new Date(failingSince).toISOString(),
          failuresInARow: 4,
          reason: 'timeout',
        },
      },
    ]);
    const second = await aScene({ ...scene, watches: [watch] }).watch(now, now);
    expect(second).toMatchObject({ watches: [], forgotten: [], notices: [] });
  });

  it('tells of a recovery and then forgets the endpoint', async () => {
    const watches = [
      anEndpointWatch({
        webhookId: 'wh_1',
        accountId: 'acc_a',
        unhealthySince: 5,
        reported: 'paused',
        state: 'paused',
      }),
    ];
    const health = { wh_1: { ...badHealth, failuresInARow: 0, failingSince: null, lastSuccessAt: now } };
    const { watch } = aScene({ watches, webhooks: [webhook('wh_1')], health, perMinute: 9 });
    const found = await watch(now, now);
    expect(found).toMatchObject({ watches: [], forgotten: ['wh_1'] });
    expect(found.notices).toMatchObject([
      {
        id: `wh_1:healthy:${now}`,
        type: 'endpoint.recovered',
        data: {
          previousState: 'paused',
          unhealthySince: '1970-01-01T00:00:00.005Z',
          recoveredAt: new Date(now).toISOString(),
        },
      },
    ]);
  });

  it('tells of a webhook that the platform disabled', async () => {
    const disabled = webhook('wh_1', { enabled: false, disabledReason: 'gone', updatedAt: now });
    const { watch } = aScene({
      disabled: [{ webhookId: 'wh_1', updatedAt: now }],
      webhooks: [disabled],
      perMinute: 9,
    });
    const { notices } = await watch(now, now);
    expect(notices).toMatchObject([
      { type: 'endpoint.disabled', data: { reason: 'gone', disabledAt: new Date(now).toISOString() } },
    ]);
  });

  it('stores states without events if these are off', async () => {
    const { watch } = aScene({ failing: ['wh_1'], webhooks: [webhook('wh_1')], health: { wh_1: badHealth } });
    expect(await watch(now, now)).toMatchObject({ watches: [{ reported: 'failing' }], notices: [] });
  });

  it('makes no event about a webhook of the app that gets them', async () => {
    const webhooks = [webhook('wh_1', { appId: 'app_ops' })];
    const { watch } = aScene({ failing: ['wh_1'], webhooks, health: { wh_1: badHealth }, perMinute: 9 });
    expect(await watch(now, now)).toMatchObject({ watches: [{ reported: 'failing' }], notices: [] });
  });

  it('tells later what has no room in the budget of the account', async () => {
    const webhooks = [webhook('wh_1'), webhook('wh_2')];
    const { watch } = aScene({
      failing: ['wh_1', 'wh_2'],
      webhooks,
      health: { wh_1: badHealth, wh_2: badHealth },
      perMinute: 1,
    });
    const found = await watch(now, now);
    expect(found.watches.map(({ reported }) => reported)).toEqual(['failing', 'healthy']);
    expect(found.notices).toHaveLength(1);
  });

  it('forgets a webhook that is deleted, and never watches one that works', async () => {
    const watches = [anEndpointWatch({ webhookId: 'wh_gone' })];
    const { watch } = aScene({ failing: ['wh_ok'], watches, webhooks: [webhook('wh_ok')], perMinute: 9 });
    expect(await watch(now, now)).toMatchObject({ watches: [], forgotten: ['wh_gone'], notices: [] });
  });

  it('compares each endpoint once, in batches', async () => {
    const ids = Array.from({ length: 501 }, (_, index) => `wh_${String(index).padStart(4, '0')}`);
    const watches = ids.map((webhookId) => anEndpointWatch({ webhookId }));
    const { watch, reads } = aScene({ watches, failing: ['wh_0003', 'wh_x'] });
    await watch(now, now);
    expect(reads.map(({ length }) => length)).toEqual([500, 2]);
    expect(new Set(reads.flat())).toEqual(new Set([...ids, 'wh_x']));
  });
});

describe('disabled webhooks', () => {
  it('are read again for some minutes, because of clocks that are behind', async () => {
    const { watch } = aScene({});
    expect((await watch(now - 60 * minute, now)).disabledUntil).toBe(now - 5 * minute);
    expect((await watch(now - minute, now)).disabledUntil).toBe(now - minute);
  });

  it('that are more than one step reads go on in the next one', async () => {
    const disabled = Array.from({ length: 1_001 }, (_, index) => ({
      webhookId: `wh_${index}`,
      updatedAt: index,
    }));
    expect((await aScene({ disabled }).watch(0, now)).disabledUntil).toBe(999);
  });
});
