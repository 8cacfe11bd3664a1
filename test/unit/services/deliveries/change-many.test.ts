import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../../server/src/domain/delivery.ts';
import type { AuditRecord, AuditService } from '../../../../server/src/services/audit/audit-log.ts';
import { createChangeMany } from '../../../../server/src/services/deliveries/change-many.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { unkeyedCalls } from '../../../support/unkeyed-calls.ts';

const clock = new FakeClock();

function aDelivery(id: string, change: Partial<Delivery> = {}): Delivery {
  return {
    id,
    eventId: `evt_${id}`,
    webhookId: 'wh_a',
    appId: 'app_a',
    accountId: 'acc_a',
    type: 'user.login',
    status: 'failed',
    reason: 'retries_exhausted',
    attempts: [],
    attemptCount: 3,
    dueAt: null,
    createdAt: clock.now(),
    finishedAt: clock.now(),
    ...change,
  };
}

const stored = [
  aDelivery('failed'),
  aDelivery('pending', { status: 'pending' }),
  aDelivery('starting', { status: 'pending' }),
  aDelivery('deleted', { webhookId: 'wh_gone' }),
  aDelivery('other_type', { type: 'user.ban' }),
  aDelivery('removed'),
  aDelivery('other_webhook', { webhookId: 'wh_b' }),
  aDelivery('other_app', { appId: 'app_a2' }),
  aDelivery('foreign', { appId: 'app_b', accountId: 'acc_b' }),
];

/** The deliveries of the table. `starting` has no document, and `removed` no event. */
function changes() {
  const records: AuditRecord[] = [];
  const notified: string[] = [];
  const writes: string[][] = [];
  const write = (ids: readonly string[]) => {
    writes.push([...ids]);
    return Promise.resolve(new Set(ids.filter((id) => id !== 'starting')));
  };
  const audit: Pick<AuditService, 'record'> = {
    record: (_, record) => {
      records.push(record);
      return Promise.resolve();
    },
  };
  const service = createChangeMany({
    deliveries: {
      getMany: (ids) => Promise.resolve(stored.filter(({ id }) => ids.includes(id))),
      retryMany: (some) => write(some.map(({ id }) => id)),
      cancelMany: write,
    },
    webhooks: {
      getMany: (ids) => Promise.resolve(ids.filter((id) => id !== 'wh_gone').map((id) => aWebhook({ id }))),
    },
    existing: {
      findExistingEvents: (ids) => Promise.resolve(new Set(ids.filter((id) => id !== 'evt_removed'))),
    },
    // The service does not use the other methods.
    audit: audit as AuditService,
    access: accessTo({ app_a: 'acc_a', app_a2: 'acc_a', app_b: 'acc_b' }),
    calls: unkeyedCalls(clock),
    clock,
    notifyDue: (id) => notified.push(id),
    keepMs: 86_400_000,
  });
  return { service, records, notified, writes };
}

const skippedOf = (results: readonly { readonly id: string; readonly skipped: string | null }[]) =>
  Object.fromEntries(results.map(({ id, skipped }) => [id, skipped]));

describe('a retry of chosen deliveries', () => {
  const ids = stored.map(({ id }) => id);

  it('writes once, and has a result for each in the order of the call', async () => {
    const { service, notified, writes } = changes();
    const { changed, results } = await service.retryMany(keyActor(), { ids });
    expect(skippedOf(results)).toEqual({
      failed: null,
      pending: null,
      starting: 'being_sent',
      deleted: 'webhook_deleted',
      other_type: 'not_subscribed',
      removed: 'event_removed',
      other_webhook: null,
      other_app: null,
      foreign: 'not_found',
    });
    expect(results.map(({ id }) => id)).toEqual(ids);
    expect(results.every(({ ok, skipped, message }) => ok === (skipped === null && message === null))).toBe(
      true,
    );
    expect(changed).toBe(4);
    expect(writes).toHaveLength(1);
    expect(notified.sort()).toEqual(['wh_a', 'wh_b']);
  });

  it('is recorded once for each app, with the webhook if it is one', async () => {
    const { service, records } = changes();
    await service.retryMany(rootActor, { ids: ['failed', 'other_webhook', 'other_app'] });
    expect(records).toMatchObject([
      {
        action: 'deliveries.retried',
        accountId: 'acc_a',
        appId: 'app_a',
        targetId: null,
        details: { count: 2, ids: ['failed', 'other_webhook'] },
      },
      { action: 'deliveries.retried', appId: 'app_a2', targetId: 'wh_a', details: { count: 1 } },
    ]);
  });

  it.each([
    ['a key that may only read', keyActor('acc_a', ['deliveries:read']), 'SCOPE_MISSING'],
    ['another account', keyActor('acc_c'), 'NOT_FOUND'],
  ])('is rejected for %s', async (_, actor, code) => {
    const { service, writes } = changes();
    await expect(service.retryMany(actor, { ids })).rejects.toMatchObject({ code });
    expect(writes).toEqual([]);
  });
});

describe('a cancellation of chosen deliveries', () => {
  it('skips those that ended or are being sent', async () => {
    const { service, records } = changes();
    const ids = ['pending', 'failed', 'starting', 'foreign'];
    const { changed, results } = await service.cancelMany(keyActor(), { ids });
    expect(skippedOf(results)).toEqual({
      pending: null,
      failed: 'not_pending',
      starting: 'being_sent',
      foreign: 'not_found',
    });
    expect(changed).toBe(1);
    expect(records).toMatchObject([{ action: 'deliveries.cancelled', targetId: 'wh_a' }]);
  });
});
