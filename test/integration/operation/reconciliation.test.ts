import { expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { loginData, subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';

interface Stored {
  _id: string;
  eventId?: string;
  open?: number[];
  partition?: number;
  nextAt?: Date;
}

const deliveries = (app: TestApp) => app.db.collection<Stored>('deliveries');
const events = (app: TestApp) => app.db.collection<Stored>('events');

/** Events with one delivery to a receiver that accepts it and one to a receiver that fails. */
async function someHistory(app: TestApp, good: Receiver, bad: Receiver): Promise<string[]> {
  const { appId, publish } = await subscribe(app, good.url);
  await app.call('webhooks.create', { appId, url: bad.url, events: ['user.login'] });
  const ids = await Promise.all(Array.from({ length: 10 }, () => publish()));
  await Promise.all([good.waitFor(10), bad.waitFor(10)]);
  await expect.poll(() => events(app).countDocuments({ open: { $exists: true } })).toBe(0);
  expect(await deliveries(app).countDocuments()).toBe(20);
  return ids;
}

it('accounts for every delivery of a window by status and reason, and finds nothing', async () => {
  await using good = await Receiver.start();
  await using bad = await Receiver.start({ answer: () => ({ status: 500 }) });
  await using app = await startTestApp({ env: { RETRY_SCHEDULE: '1h' } });
  await someHistory(app, good, bad);
  const audit = await app.call('system.audit', {});
  expect(audit).toMatchObject({
    events: 10,
    expected: 20,
    delivered: 10,
    pending: 10,
    failed: 0,
    cancelled: 0,
    unexplained: 0,
    findings: [],
    next: null,
  });
  expect(audit.reasons).toEqual(
    expect.arrayContaining([
      { status: 'delivered', reason: 'none', count: 10 },
      { status: 'pending', reason: 'awaiting_retry', count: 10 },
    ]),
  );
  const before = await app.call('system.audit', { to: audit.window.from });
  expect(before).toMatchObject({ events: 0, expected: 0, unexplained: 0 });
});

it('finds each loss that is planted by hand, and names it', async () => {
  await using good = await Receiver.start();
  await using bad = await Receiver.start({ answer: () => ({ status: 500 }) });
  await using app = await startTestApp({ env: { RETRY_SCHEDULE: '1h' } });
  const ids = await someHistory(app, good, bad);
  const [unrecorded, gone, unqueued] = ids.map((id) => id.replace(/^evt_/, '').slice(0, 24));
  const delivered = (stem = '') => `dlv_${stem}00`;
  const waiting = (stem = '') => `dlv_${stem}01`;

  await deliveries(app).deleteOne({ _id: delivered(unrecorded) });
  await events(app).deleteOne({ _id: `evt_${gone}00` });
  await deliveries(app).updateOne({ _id: waiting(unqueued) }, { $unset: { partition: 1, nextAt: 1 } });
  const audit = await app.call('system.audit', {});
  const found = audit.findings.map(({ kind, id }) => `${kind} ${id}`);
  expect(found).toEqual(
    expect.arrayContaining([
      `event_without_delivery evt_${unrecorded}00`,
      `delivery_without_event ${delivered(gone)}`,
      `delivery_without_event ${waiting(gone)}`,
      `pending_not_queued ${waiting(unqueued)}`,
    ]),
  );
  expect(audit.unexplained).toBe(audit.findings.length);
  expect(audit).toMatchObject({ events: 9, expected: 18 });
  expect(audit.delivered + audit.pending + audit.failed + audit.cancelled).toBe(17);
});

it('finds an entry that no process delivers, because no worker runs', async () => {
  let ahead = 0;
  await using app = await startTestApp({ env: { ROLE: 'api' }, clock: { now: () => Date.now() + ahead } });
  const { publish } = await subscribe(app, 'http://127.0.0.1:9/');
  const eventId = await publish();
  expect(await app.call('system.audit', {})).toMatchObject({ pending: 1, unexplained: 0 });
  ahead = 120_000;
  expect(await app.call('system.audit', {})).toMatchObject({
    pending: 1,
    unexplained: 1,
    findings: [{ kind: 'stuck_claim', id: eventId }],
  });
});

it('finds an event that fell out of its batch, though the others of the batch are still owed', async () => {
  await using app = await startTestApp({ env: { ROLE: 'api' } });
  const { appId } = await subscribe(app, 'http://127.0.0.1:9/');
  const publication = { appId, event: 'user.login' as const, data: loginData };
  await app.call('events.publishMany', { events: [publication, publication, publication] });
  const carrier = await app.db
    .collection<Stored & { batch: string[] }>('events')
    .findOne({ batch: { $exists: true } });
  const [, lost = ''] = carrier?.batch ?? [];
  await app.db
    .collection<Stored & { batch: string[] }>('events')
    .updateOne({ _id: carrier?._id ?? '' }, { $pull: { batch: lost } });
  expect(await app.call('system.audit', {})).toMatchObject({
    events: 3,
    pending: 2,
    findings: [{ kind: 'event_without_delivery', id: lost }],
  });
});
