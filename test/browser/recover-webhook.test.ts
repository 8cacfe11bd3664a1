import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Receiver } from '../support/receiver.ts';
import { findViolations } from './accessibility.ts';
import { countEffort } from './effort.ts';
import { exampleEvent } from './sample-data.ts';
import { signIn, startStage, type Stage } from './stage.ts';

/* An endpoint moved. An operator mends the URL, and sends what was missed since yesterday. */

const appId = 'app_moved';
const hourMs = 3_600_000;

let stage: Stage;
let gone: Receiver;
let moved: Receiver;
let page: Page;
let webhookId: string;

beforeAll(async () => {
  stage = await startStage({ env: { RETRY_SCHEDULE: '12h', LOG_LEVEL: 'silent' }, shiftMs: -20 * hourMs });
  gone = await Receiver.start({ answer: 500 });
  moved = await Receiver.start();
  await stage.app.createApp({ id: appId });
  const input = { appId, url: gone.url, events: ['user.ban', 'user.login'], description: 'Billing sync' };
  webhookId = (await stage.app.call('webhooks.create', input)).id;
  page = await stage.open();
  await Promise.all([fail(), signIn(page, stage.app.rootToken)]);
});

afterAll(async () => {
  await gone[Symbol.asyncDispose]();
  await moved[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

/** Three deliveries fail for good and then five wait for their retry. */
async function fail(): Promise<void> {
  const deliveries = stage.app.db.collection('deliveries');
  const until = async (status: string, count: number) =>
    await vi.waitUntil(
      async () =>
        (await deliveries.countDocuments({ webhookId, status, attemptCount: { $gt: 0 } })) === count,
      { timeout: 20_000 },
    );
  const publish = async (many: number) => {
    const events = Array.from({ length: many }, (_, n) => exampleEvent(appId, 'user.ban', n));
    await stage.app.call('events.publishMany', { events });
  };
  await publish(3);
  await until('pending', 3);
  stage.clock.forward(15 * hourMs);
  await until('failed', 3);
  stage.clock.forward(5 * hourMs);
  await publish(5);
  await until('pending', 5);
}

it('mends the URL and recovers yesterday with four clicks', async () => {
  const click = async (name: string) => await page.getByRole('button', { name, exact: true }).click();
  const takes = await countEffort(page);
  await page.goto(`/webhooks/${webhookId}`);
  await page.getByText('5 deliveries', { exact: true }).waitFor();
  const mended = await takes(async () => {
    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    await page.getByLabel('URL').fill(moved.url);
    await click('Save');
    await page.getByRole('heading', { name: 'Recover this webhook' }).waitFor();
    await click('Test the endpoint');
    await page.getByText('The endpoint responded with 200').waitFor();
  });
  // A reload continues where it was.
  await page.reload();
  await page.getByText('The endpoint responded with 200').waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await findViolations(page)).toEqual([]);
  }
  const sent = await takes(async () => {
    await click('Send 8 deliveries now');
    await page.getByText('Nothing waits any more.').waitFor();
  });
  expect([mended, sent]).toEqual([
    { clicks: 3, keys: 0, fields: 1 },
    { clicks: 1, keys: 0, fields: 0 },
  ]);
  // The test ping, and every delivery once.
  await expect.poll(() => moved.requests.length).toBe(9);
  const { items } = await stage.app.call('deliveries.list', { webhookId, limit: 50 });
  expect(new Set(items.map(({ status }) => status))).toEqual(new Set(['delivered']));
});

it('sends a sample to this webhook only, and says what the endpoint responded', async () => {
  await page.goto(`/webhooks/${webhookId}`);
  await page.getByRole('button', { name: 'Send sample', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Send sample', exact: true }).click();
  await dialog.getByText('The endpoint accepted it with 200').waitFor();
  expect(await findViolations(page)).toEqual([]);
  expect(moved.requests.at(-1)?.headers['x-tocsin-sample']).toBe('true');
  expect(stage.complaints).toEqual([]);
});

it('offers no recovery to a key that may not change webhooks', async () => {
  const { key } = await stage.app.createKey({ scopes: ['webhooks:read', 'deliveries:read'] });
  const reader = await stage.open();
  await signIn(reader, key);
  await reader.goto(`/webhooks/${webhookId}?recover=1`);
  await reader.getByRole('heading', { name: 'Activity' }).waitFor();
  expect(await reader.getByRole('heading', { name: 'Recover this webhook' }).count()).toBe(0);
  expect(await reader.getByRole('button', { name: /Send|Test|Resume|Recover/ }).count()).toBe(0);
});
