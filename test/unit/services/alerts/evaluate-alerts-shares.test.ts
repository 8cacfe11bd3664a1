import { expect, it } from 'vitest';
import type { AlertRule } from '../../../../server/src/domain/alert.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { createIds } from '../../../../server/src/services/common/ids.ts';
import { createEvaluateAlerts } from '../../../../server/src/services/alerts/evaluate-alerts.ts';
import { MemoryAlertStore } from '../../../../server/testing/src/store/alerts/alert-store.ts';
import { anAlertChannel, anAlertRule, anEndpointWatch } from '../../../support/alert-builders.ts';
import { aWebhook } from '../../../support/builders.ts';

const minute = 60_000;

/** Rules of an account with many failing endpoints, and of the operator. */
async function scene(failing: number, webhooks: Webhook[] = [], snoozed: string[] = []) {
  const alerts = new MemoryAlertStore();
  const endpoints = Array.from({ length: failing }, () => anEndpointWatch({ accountId: 'acc_a' }));
  const evaluate = createEvaluateAlerts({
    alerts,
    watches: {
      listNewest: async () => endpoints,
      listAfter: async () => [],
      getMany: async () => [],
      findOldestOwed: async () => null,
    },
    webhooks: { getMany: async () => webhooks },
    deliveries: {
      getQueueState: async () => ({ pending: 0, dueNow: 0, inFlight: 0, oldestDueAt: null, isCapped: false }),
    },
    secretBox: { decrypt: (sealed) => sealed },
    ids: createIds(),
    findSnoozed: async (_ids, _now, by) => new Set(by === 'anyone' ? snoozed : []),
    disableAfterMs: 75 * 60 * minute,
    hasAccountAlerts: true,
  });
  const addRule = async (accountId: string | null, change: Partial<AlertRule> = {}) => {
    const channel = anAlertChannel({ accountId });
    await alerts.insertChannel(channel, 99);
    const rule = anAlertRule({ accountId, channelIds: [channel.id], remindAfterSeconds: null, ...change });
    await alerts.insertRule(rule, 99);
    return { ...rule, channelId: channel.id };
  };
  const countMessages = async (accountId?: string) =>
    (await alerts.listMessages({ accountId }, { cursor: undefined, limit: 999 })).items.length;
  return { alerts, endpoints, evaluate, addRule, countMessages };
}

it('opens each alert once, however many alerts the rules of an account have', async () => {
  const { alerts, evaluate, addRule, countMessages } = await scene(1_200);
  const rules = [await addRule('acc_a'), await addRule('acc_a'), await addRule(null)];
  for (let n = 0; n < 4; n++) await evaluate(20 * minute + n);
  const open = await alerts.countOpen(
    rules.map(({ id }) => id),
    9_999,
  );
  expect([...open.values()]).toEqual([1_000, 1_000, 1_200]);
  const [ofAccount, ofOperator] = [await countMessages('acc_a'), await countMessages()];
  for (let n = 0; n < 2; n++) await evaluate(21 * minute + n);
  expect([await countMessages('acc_a'), await countMessages()]).toEqual([ofAccount, ofOperator]);
});

it('makes no more messages while enough of them wait for a channel, and forgets no change', async () => {
  const { alerts, endpoints, evaluate, addRule } = await scene(0);
  const { id, channelId } = await addRule('acc_a');
  const counted = async () => [
    (await alerts.countWaiting([channelId], 99)).get(channelId),
    (await alerts.countOpen([id], 99)).get(id),
  ];
  for (let n = 1; n <= 30; n++) {
    endpoints.push(anEndpointWatch({ accountId: 'acc_a' }));
    await evaluate(20 * minute + n);
  }
  expect(await counted()).toEqual([20, 20]);
  for (const { id: messageId } of await alerts.listDue(90 * minute, 1)) {
    await alerts.setResult(messageId, { status: 'sent', tries: 1, nextAt: null, sentAt: 0, error: null });
  }
  await evaluate(30 * minute);
  expect(await counted()).toEqual([20, 30]);
});

it('is silenced for the rules of an account by its own snooze, but not for those of the operator', async () => {
  const { alerts, endpoints, evaluate, addRule } = await scene(0, [], ['wh_snoozed']);
  const [ofAccount, ofOperator] = [await addRule('acc_a'), await addRule(null)];
  endpoints.push(anEndpointWatch({ accountId: 'acc_a', webhookId: 'wh_snoozed' }));
  await evaluate(20 * minute);
  const open = await alerts.countOpen([ofAccount.id, ofOperator.id], 9);
  expect([...open.values()]).toEqual([0, 1]);
});

it('names an endpoint in one line, whatever its description has', async () => {
  const description = 'Shop\n\u2028pay.example: \u202efine, since\u0007 now';
  const webhook = aWebhook({ url: 'https://shop.example/in', description });
  const { alerts, endpoints, evaluate, addRule } = await scene(0, [webhook]);
  await addRule(null);
  endpoints.push(anEndpointWatch({ webhookId: webhook.id }));
  await evaluate(20 * minute);
  const [message] = await alerts.listDue(90 * minute, 1);
  expect(message?.targets[0]?.label).toBe('shop.example (Shop pay.example: fine, since now)');
});

it('ends alerts of a rule that is switched off without a message', async () => {
  const { alerts, evaluate, addRule, countMessages } = await scene(3);
  const { id } = await addRule('acc_a');
  await evaluate(20 * minute);
  await alerts.updateRule(id, { enabled: false, updatedAt: 1 });
  await evaluate(21 * minute);
  expect((await alerts.countOpen([id], 9)).get(id)).toBe(0);
  expect(await countMessages('acc_a')).toBe(1);
});
