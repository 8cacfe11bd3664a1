import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { Receiver } from '../support/receiver.ts';
import { findViolations } from './accessibility.ts';
import { nextFrames, observeLayoutShift, readLayoutShift } from './page-view.ts';
import { signIn, startStage, type Stage } from './stage.ts';

/*
 * An operator cancels and sends the pending deliveries of a failing endpoint; the steps build on each other.
 * Then a server whose deliveries are on hold.
 */

const appId = 'app_backlog';

let stage: Stage;
/**
 * A server with a separate database, as after a restore: deliveries are on hold and indexes are being built.
 */
let held: TestApp;
let receiver: Receiver;
let page: Page;
let webhookId: string;

beforeAll(async () => {
  stage = await startStage({ env: { RETRY_SCHEDULE: '1h', LOG_LEVEL: 'silent' } });
  receiver = await Receiver.start({ answer: 500 });
  await stage.app.createApp({ id: appId });
  const input = { appId, url: receiver.url, events: ['user.ban', 'user.login'] };
  webhookId = (await stage.app.call('webhooks.create', input)).id;
  page = await stage.open();
  // Starting waits two seconds for the indexes.
  [held] = await Promise.all([startHeld(), signIn(page, stage.app.rootToken)]);
});

afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await held[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

async function startHeld(): Promise<TestApp> {
  const database = 'restored';
  const client = stage.app.db.client;
  const docs = Array.from({ length: 100 }, (_, n) => ({ appId: 'old', webhookId: 'old', n }));
  await client.db(database).collection('deliveries').insertMany(docs);
  // Only the builds of this database have such a document.
  await client.db('admin').command({
    configureFailPoint: 'hangIndexBuildDuringCollectionScanPhaseBeforeInsertion',
    mode: 'alwaysOn',
    data: { fieldsToMatch: { n: 50 } },
  });
  return await startTestApp({
    mongoUri: stage.mongoUri,
    database,
    env: { DELIVERY_HOLD: 'true', LOG_LEVEL: 'silent' },
  });
}

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
const inDialog = () => page.getByRole('dialog');

/** Publishes events and waits until their first attempt has failed. Returns the ids of their deliveries. */
async function failing(count: number): Promise<string[]> {
  const data = { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b' };
  const ids: string[] = [];
  for (let made = 0; made < count; made++) {
    const { id } = await stage.app.call('events.publish', { appId, event: 'user.ban', data });
    ids.push(id.replace('evt_', 'dlv_'));
  }
  await expect
    .poll(async () => {
      const all = await Promise.all(ids.map((id) => stage.app.call('deliveries.get', { id })));
      return all.every((delivery) => delivery.reason === 'awaiting_retry');
    })
    .toBe(true);
  return ids;
}

const getStatuses = async (ids: readonly string[]) =>
  await Promise.all(ids.map(async (id) => (await stage.app.call('deliveries.get', { id })).status));

describe('an operator', () => {
  it('confirms before cancelling one delivery', async () => {
    const [id = '', other = ''] = await failing(2);
    await page.goto(`/deliveries/${id}`);
    await button('Cancel').click();
    await inDialog().getByText('Cancel this delivery?').waitFor();
    expect(await findViolations(page)).toEqual([]);
    await button('Keep delivery').click();
    expect(await getStatuses([id])).toEqual(['pending']);
    await button('Cancel').click();
    await button('Cancel 1 delivery').click();
    await page.getByText('Cancelled by a user.').waitFor();
    expect(await button('Cancel').count()).toBe(0);
    expect(await getStatuses([id, other])).toEqual(['cancelled', 'pending']);
  });

  it('cancels the pending deliveries of a webhook after seeing how many there are', async () => {
    const ids = await failing(2);
    await page.goto(`/webhooks/${webhookId}`);
    await button('Cancel pending deliveries').click();
    await inDialog().getByText('3 deliveries').first().waitFor();
    await inDialog().getByLabel('Event').selectOption('user.login');
    await inDialog().getByText('No pending deliveries.').waitFor();
    expect(await button('Cancel deliveries').isDisabled()).toBe(true);
    await inDialog().getByLabel('Event').selectOption({ label: 'All events' });
    await button('Cancel 3 deliveries').waitFor();
    expect(await findViolations(page)).toEqual([]);
    await button('Cancel 3 deliveries').click();
    await page.getByText('3 deliveries were cancelled.').waitFor();
    expect(await getStatuses(ids)).toEqual(['cancelled', 'cancelled']);
  });

  it('chooses what to do with pending deliveries when enabling a webhook', async () => {
    const ids = await failing(2);
    await page.goto(`/webhooks/${webhookId}`);
    await button('Disable').click();
    await page.getByText('Switched off by a user.').waitFor();
    receiver.answerWith(200);
    const sent = receiver.requests.length;
    await button('Enable').click();
    await inDialog().getByText('2 deliveries').first().waitFor();
    await inDialog().getByText('2 will be sent, 0 will be cancelled.').waitFor();
    await inDialog().getByLabel('Pending deliveries').selectOption('since');
    // The default is yesterday, and all deliveries here are newer.
    await inDialog().getByText('2 will be sent, 0 will be cancelled.').waitFor();
    await inDialog().getByLabel('Send deliveries after').fill('2099-01-01T00:00');
    await inDialog().getByText('0 will be sent, 2 will be cancelled.').waitFor();
    await inDialog().getByLabel('Pending deliveries').selectOption('cancel');
    expect(await findViolations(page)).toEqual([]);
    await button('Keep disabled').click();
    expect(await getStatuses(ids)).toEqual(['pending', 'pending']);

    await button('Enable').click();
    await inDialog().getByLabel('Pending deliveries').selectOption('cancel');
    await button('Enable and cancel 2 deliveries').click();
    await page.getByText('Webhook enabled.', { exact: true }).waitFor();
    expect(await getStatuses(ids)).toEqual(['cancelled', 'cancelled']);
    expect(receiver.requests).toHaveLength(sent);
  });

  it('keeps a webhook disabled when saving its settings, and sends its backlog on request', async () => {
    receiver.answerWith(500);
    const ids = await failing(1);
    await page.goto(`/webhooks/${webhookId}/edit`);
    await page.getByLabel('Description').fill('Moved');
    // Disabled while the form is open, which still shows the enabled webhook.
    await stage.app.call('webhooks.update', { id: webhookId, enabled: false });
    await button('Save').click();
    await page.getByText('Switched off by a user.').waitFor();
    await page.getByText('Moved', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Description').waitFor();
    expect(await page.getByRole('checkbox', { name: 'Enabled' }).count()).toBe(0);
    await button('Cancel').click();
    expect(await getStatuses(ids)).toEqual(['pending']);

    receiver.answerWith(200);
    await button('Enable').click();
    await button('Enable and send').click();
    await expect.poll(() => getStatuses(ids)).toEqual(['delivered']);
  });

  it('enables a webhook without a dialog if no deliveries are pending', async () => {
    await button('Disable').click();
    await page.getByText('Switched off by a user.').waitFor();
    await button('Enable').click();
    await page.getByText('Untested').first().waitFor();
    expect(await inDialog().count()).toBe(0);
    expect(stage.complaints).toEqual([]);
  });
});

describe('the overview of a server that is on hold and builds indexes', () => {
  const open = async (token: string) => {
    const other = await stage.open({ baseURL: held.url });
    await signIn(other, token);
    await other.getByText('Deliveries are on hold.').waitFor();
    return other;
  };

  it('shows the operator the state and the instructions', async () => {
    const operator = await open(held.rootToken);
    await operator.getByText('Building indexes:').waitFor();
    await operator.getByText(/deliveries\.by_app_status \(50%\)/).waitFor();
    await held.db.collection('app_deletions').dropIndex('appId_1');
    await operator.addInitScript(observeLayoutShift);
    await operator.reload();
    await operator.getByText('1 index is missing.').waitFor();
    await operator.getByText('Building indexes:').waitFor();
    await nextFrames(operator);
    expect(await readLayoutShift(operator)).toBeLessThan(0.02);
    expect(await findViolations(operator)).toEqual([]);
    await operator.getByRole('button', { name: 'What to do' }).click();
    await operator.getByText('Missing indexes:').waitFor();
    expect(await findViolations(operator)).toEqual([]);
    await operator.emulateMedia({ colorScheme: 'dark' });
    await operator.waitForFunction(() => document.documentElement.classList.contains('dark'));
    expect(await findViolations(operator, 'color-contrast')).toEqual([]);
    await operator.getByRole('link', { name: 'pending deliveries' }).click();
    await operator.waitForURL('**/deliveries?status=pending');
  });

  it('shows other users the state without instructions for operators', async () => {
    const customer = await open((await held.createKey()).key);
    await customer.getByRole('button', { name: 'What to do' }).click();
    await customer.getByText('Events are accepted and queued, but not sent.').waitFor();
    expect(await customer.getByText('DELIVERY_HOLD').count()).toBe(0);
    expect(await customer.getByText('Indexes').count()).toBe(0);
    expect(stage.complaints).toEqual([]);
  });
});
