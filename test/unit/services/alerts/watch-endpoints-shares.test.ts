import { expect, it } from 'vitest';
import { unknownHealth } from '../../../../server/src/domain/endpoint-health.ts';
import { createFindOtherNotices } from '../../../../server/src/services/alerts/find-other-notices.ts';
import { createNotices } from '../../../../server/src/services/alerts/to-notice.ts';
import { createWatchEndpoints } from '../../../../server/src/services/alerts/watch-endpoints.ts';
import { aMonitorCursor, anEndpointWatch } from '../../../support/alert-builders.ts';
import { aWebhook } from '../../../support/builders.ts';

const minute = 60_000;
const failing = { ...unknownHealth, failuresInARow: 9, failingSince: 0, lastFailureAt: 0 };

it('finds a failing endpoint of an account while those of another one are more than a comparison looks at', async () => {
  const ours = aWebhook({ accountId: 'acc_b' });
  const watchEndpoints = createWatchEndpoints({
    watches: { getMany: async () => [], listAfter: async () => [], findDisabled: async () => [] },
    webhooks: { getMany: async (ids) => (ids.includes(ours.id) ? [ours] : []) },
    health: {
      get: async (ids) => new Map(ids.map((id) => [id, failing])),
      findFailing: async ({ accountId }, limit) =>
        accountId === 'acc_b' ? [ours.id] : Array.from({ length: limit }, (_, n) => `wh_${n}`),
      listAccountsWithFailing: async () => ['acc_a', 'acc_b'],
    },
    notices: undefined,
  });
  const { watches } = await watchEndpoints(0, 10 * minute);
  expect(watches).toMatchObject([{ webhookId: ours.id, accountId: 'acc_b', state: 'failing' }]);
});

it('compares all watched endpoints in turns', async () => {
  const all = Array.from({ length: 10_500 }, (_, n) => `wh_${String(n).padStart(12, '0')}`);
  const compared = new Set<string>();
  const watchEndpoints = createWatchEndpoints({
    watches: {
      getMany: async (ids) => {
        for (const id of ids) compared.add(id);
        return [];
      },
      listAfter: async (after = '', limit) =>
        all
          .filter((id) => id > after)
          .slice(0, limit)
          .map((webhookId) => anEndpointWatch({ webhookId })),
      findDisabled: async () => [],
    },
    webhooks: { getMany: async () => [] },
    health: {
      get: async () => new Map(),
      findFailing: async () => [],
      listAccountsWithFailing: async () => [],
    },
    notices: undefined,
  });
  await watchEndpoints(0, minute);
  expect(compared.size).toBe(10_000);
  await watchEndpoints(0, minute);
  expect(compared.size).toBe(10_500);
});

it('tells of failed deliveries of each account, however many another one has', async () => {
  const many = Array.from({ length: 400 }, () => aWebhook());
  const ours = aWebhook({ accountId: 'acc_b' });
  const failedAt = new Map([...many.map(({ id }) => [id, minute] as const), [ours.id, 2 * minute] as const]);
  const findOtherNotices = createFindOtherNotices({
    watches: {
      // 300 of each in one moment.
      countFailed: async (from, to, limit) => {
        const inTime = [...failedAt].filter(([, at]) => at >= from && at < to).map(([id]) => id);
        const read = inTime.slice(0, Math.floor(limit / 300));
        const counts = read.map((webhookId) => ({ webhookId, count: webhookId === ours.id ? 1 : 300 }));
        return { counts, isCapped: read.length < inTime.length };
      },
      findExpiring: async () => [],
    },
    webhooks: { getMany: async (ids) => [...many, ours].filter(({ id }) => ids.includes(id)) },
    notices: createNotices({ secretBox: { decrypt: (sealed) => sealed }, operationalApp: 'app_ops' }),
  });
  let cursor = aMonitorCursor(0);
  const accounts: string[] = [];
  for (let step = 0; step < 12; step++) {
    const found = await findOtherNotices(cursor, 20 * minute);
    accounts.push(...found.notices.map(({ accountId }) => accountId));
    cursor = { ...cursor, failedUntil: found.failedUntil };
  }
  expect(accounts.filter((id) => id === 'acc_b')).toHaveLength(1);
  expect(accounts.filter((id) => id !== 'acc_b').length).toBeLessThanOrEqual(300);
});
