import { expect, it } from 'vitest';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { unknownHealth } from '../../../../server/src/domain/endpoint-health.ts';
import { quietMs, toIncidentId } from '../../../../server/src/domain/incident.ts';
import { createCloseIncidents } from '../../../../server/src/services/incidents/close-incidents.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { openMemoryConfig } from '../../../support/memory-config.ts';
import { silent } from '../../../support/silent-log.ts';

it('closes incidents of webhooks that succeed or that a user disabled, and removes those of deleted ones', async () => {
  const clock = new FakeClock();
  const { incidents, health, webhooks } = openMemoryConfig(clock);
  const all = [aWebhook(), aWebhook(), aWebhook(), aWebhook()];
  const [recovered, failing, disabled, gone] = all.map(({ id }) => toIncidentId(id, 'timeout', null));
  for (const webhook of all) await webhooks.insert(webhook, 9);
  const deleted = aWebhook();
  const failedAt = clock.now();
  await incidents.addFailures([...all, deleted].map((webhook) => aTimeout(webhook, failedAt)));
  clock.advance(60_000);
  const [first] = all;
  if (first === undefined) throw new Error('there are webhooks');
  const succeeded = { ...unknownHealth, lastSuccessAt: clock.now() };
  await health.save([{ webhook: first, health: succeeded, epoch: 0 }]);
  await webhooks.disable(all[2]?.id ?? '', 'by_user', clock.now());
  await webhooks.disable(all[3]?.id ?? '', 'gone', clock.now());
  await createCloseIncidents({ incidents, health, webhooks, clock, log: silent })();
  const read = async (id: string | undefined) => await incidents.get(id ?? '');
  expect(await read(recovered)).toMatchObject({ closedBy: 'success', endsAt: failedAt + quietMs });
  expect(await read(disabled)).toMatchObject({ closedBy: 'disabled', endsAt: clock.now() });
  expect(await read(failing)).toMatchObject({ closedBy: null, endsAt: null });
  // Disabled by the server: it needs an operator.
  expect(await read(gone)).toMatchObject({ closedBy: null, endsAt: null });
  expect(await read(toIncidentId(deleted.id, 'timeout', null))).toBeUndefined();
});

it('ends the incident of an account in its turn, however many incidents other accounts have', async () => {
  const clock = new FakeClock();
  const { incidents, health, webhooks } = openMemoryConfig(clock);
  const mine = aWebhook({ accountId: 'acc_b' });
  await webhooks.insert(mine, 9);
  const failedAt = clock.now();
  const worse = Array.from({ length: 1_001 }, () => ({ ...aTimeout(aWebhook(), failedAt), attempts: 9 }));
  await incidents.addFailures([...worse, aTimeout(mine, failedAt)]);
  clock.advance(60_000);
  await health.save([{ webhook: mine, health: { ...unknownHealth, lastSuccessAt: clock.now() }, epoch: 0 }]);
  // Those of the others stay unended, so that they fill each turn.
  const getMany = async (ids: readonly string[]) =>
    ids.map((id) => (id === mine.id ? mine : aWebhook({ id, accountId: 'acc_a' })));
  await createCloseIncidents({ incidents, health, webhooks: { getMany }, clock, log: silent })();
  expect(await incidents.get(toIncidentId(mine.id, 'timeout', null))).toMatchObject({ closedBy: 'success' });
});

it('goes on where an account was left, also when more accounts than fit into a turn have incidents', async () => {
  const clock = new FakeClock();
  const { incidents, health } = openMemoryConfig(clock);
  const failedAt = clock.now();
  const accounts = Array.from({ length: 101 }, (_, n) => `acc_${String(n).padStart(3, '0')}`);
  const [accountId = ''] = accounts;
  const others = accounts.slice(1).map((id) => aWebhook({ accountId: id }));
  const worse = Array.from({ length: 10 }, () => aWebhook({ accountId }));
  const mine = aWebhook({ accountId });
  const failing = [...others, ...worse].map((webhook) => ({ ...aTimeout(webhook, failedAt), attempts: 9 }));
  await incidents.addFailures([...failing, aTimeout(mine, failedAt)]);
  clock.advance(60_000);
  await health.save([{ webhook: mine, health: { ...unknownHealth, lastSuccessAt: clock.now() }, epoch: 0 }]);
  const all = new Map([...others, ...worse, mine].map((webhook) => [webhook.id, webhook]));
  const getMany = async (ids: readonly string[]) => ids.flatMap((id) => all.get(id) ?? []);
  const close = createCloseIncidents({ incidents, health, webhooks: { getMany }, clock, log: silent });
  // Two turns for all accounts, and one more for the rest of the first one.
  for (let turn = 0; turn < 3; turn++) await close();
  expect(await incidents.get(toIncidentId(mine.id, 'timeout', null))).toMatchObject({ closedBy: 'success' });
});

function aTimeout({ id, appId, accountId }: Webhook, at: number) {
  return {
    id: toIncidentId(id, 'timeout', null),
    webhookId: id,
    appId,
    accountId,
    reason: 'timeout' as const,
    statusCode: null,
    attempts: 1,
    firstAt: at,
    lastAt: at,
  };
}
