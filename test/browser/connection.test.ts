import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Receiver } from '../support/receiver.ts';
import { findViolations } from './accessibility.ts';
import { signIn, startStage, type Stage } from './stage.ts';

/* What the pages say while the server does not respond, or responds with an error. */

const appId = 'app_outage';
let webhookId: string;
const banData = { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b' };

let stage: Stage;
let receiver: Receiver;
let page: Page;

beforeAll(async () => {
  stage = await startStage({ env: { LOG_LEVEL: 'silent' } });
  receiver = await Receiver.start({ answer: 200 });
  await stage.app.createApp({ id: appId });
  const created = await stage.app.call('webhooks.create', { appId, url: receiver.url, events: ['user.ban'] });
  webhookId = created.id;
  await stage.app.call('events.publish', { appId, event: 'user.ban', data: banData });
  await receiver.waitFor(1);
  page = await stage.open();
  // Without notices of changes, the pages poll.
  await page.route('**/session/changes', (route) => route.abort());
  await signIn(page, stage.app.rootToken);
});

afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await page.unroute('**/trpc/**');
  await page.context().setOffline(false);
});

const banner = () => page.getByRole('status').filter({ hasText: 'Reconnecting' });
const deliveredIn = (tab: Page) =>
  tab.getByRole('table', { name: 'Deliveries' }).getByRole('row', { name: /Delivered/ });
const delivered = () => deliveredIn(page);

it('says since when the data is old, and recovers by itself', async () => {
  await page.goto('/deliveries');
  await delivered().waitFor();
  await page.route('**/trpc/**', (route) => route.abort());
  await banner().getByText('The server does not respond.').waitFor();
  await banner()
    .getByText(/This page shows data from \d\d:\d\d:\d\d/)
    .waitFor();
  expect(await delivered().count()).toBe(1);
  expect(await findViolations(page)).toEqual([]);
  await page.unroute('**/trpc/**');
  await banner().waitFor({ state: 'detached' });
});

it('notices a server that accepts requests and never responds', async () => {
  await page.clock.install();
  await page.goto('/catalog');
  await page.getByText('license.hwid_bound').waitFor();
  await page.route('**/trpc/**', () => undefined);
  await page.getByRole('link', { name: 'Deliveries' }).click();
  // Each attempt has its own time limit.
  await expect
    .poll(async () => {
      await page.clock.fastForward(11_000);
      return await banner().count();
    })
    .toBe(1);
  await page.clock.resume();
});

it('never shows the rows of another filter as if they matched', async () => {
  await page.goto('/deliveries');
  await delivered().waitFor();
  await page.context().setOffline(true);
  await page.getByLabel('Status').selectOption('failed');
  const isOutdated = page.getByRole('table', { name: 'Deliveries' }).and(page.locator('[aria-busy=true]'));
  await isOutdated.waitFor();
  await banner().getByText('You are offline.').waitFor();
  await page.getByText('Failed to load').waitFor();
  expect(await delivered().count()).toBe(0);
  await page.context().setOffline(false);
  await page.getByText('No deliveries match these filters').waitFor();
});

/** No id of a delivery comes after it. */
const endOfList = 'dlv_00000000000000000000000000';

it('does not take an error or the end of a list for an empty list', async () => {
  await page.goto('/deliveries?cursor=a');
  await page.getByText('The position in this link is gone.').waitFor();
  await delivered().waitFor();
  await page.goto(`/deliveries?cursor=${endOfList}`);
  await page.getByText('This page is empty').waitFor();
  expect(await page.getByText('No deliveries yet').count()).toBe(0);
  await page.getByRole('button', { name: 'First page' }).click();
  await delivered().waitFor();
  await page.route('**/trpc/**', (route) =>
    route.fulfill({
      status: 500,
      contentType: 'application/json',
      body: JSON.stringify(internalErrors(route.request().url())),
    }),
  );
  await page.getByText('Something went wrong.').waitFor();
  expect(await banner().count()).toBe(0);
  expect(await delivered().count()).toBe(1);
  expect(stage.complaints).toEqual([]);
});

it('loads data when the server says that it changed, and makes no calls otherwise', async () => {
  const tab = await stage.open({ storageState: await page.context().storageState() });
  await tab.clock.install();
  let calls = 0;
  tab.on('request', (request) => (calls += new URL(request.url()).pathname.startsWith('/trpc/') ? 1 : 0));
  const stream = tab.waitForResponse('**/session/changes');
  await tab.goto('/deliveries');
  await stream;
  await deliveredIn(tab).waitFor();
  // Each query polls once more after the first notice.
  await tab.clock.fastForward(10_000);
  await tab.waitForLoadState('networkidle');
  const before = calls;
  for (let second = 0; second < 30; second += 5) await tab.clock.fastForward(5_000);
  expect(calls).toBe(before);

  await stage.app.call('events.publish', { appId, event: 'user.ban', data: banData });
  await expect
    .poll(async () => {
      // Changes in quick succession are loaded together.
      await tab.clock.fastForward(1_000);
      return await deliveredIn(tab).count();
    })
    .toBe(2);
  // Twice, because the tag of the second response is known for the first.
  await loadAgain(tab);
  const bytes = [await loadAgain(tab)];
  for (const path of ['/', `/webhooks/${webhookId}`]) {
    await tab.goto(path);
    await tab.getByRole('heading', { level: 1 }).waitFor();
    await loadAgain(tab);
    bytes.push(await loadAgain(tab));
  }
  expect(Math.max(...bytes)).toBeLessThan(maxIdleBytes);
  await tab.context().close();
});

/** A tab loads all of a page every five minutes if nothing changes. With pings, 200 KB an hour. */
const maxIdleBytes = (200 * 1024 - 180 * 40) / 12;

/** Loads what a page shows and the session, as after a pause, and returns the received bytes with their headers. */
async function loadAgain(tab: Page): Promise<number> {
  await tab.clock.fastForward(3_000);
  const network = await tab.context().newCDPSession(tab);
  await network.send('Network.enable');
  const bytes = new Map<string, number>();
  const add = (id: string, more: number) => {
    const known = bytes.get(id);
    if (known !== undefined) bytes.set(id, known + more);
  };
  network.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (/\/(trpc\/|session$)/.test(request.url)) bytes.set(requestId, 0);
  });
  network.on('Network.responseReceivedExtraInfo', ({ requestId, headersText = '' }) =>
    add(requestId, headersText.length),
  );
  network.on('Network.dataReceived', ({ requestId, encodedDataLength }) => add(requestId, encodedDataLength));
  await tab.evaluate(async () => {
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    await (await fetch('/session')).text();
  });
  await expect.poll(() => bytes.size >= 2 && [...bytes.values()].every((count) => count > 0)).toBe(true);
  await network.detach();
  return [...bytes.values()].reduce((sum, count) => sum + count, 0);
}

/** The response to a batch whose calls all fail for a reason other than the connection. */
function internalErrors(url: string): object[] {
  const calls = new URL(url).pathname.split(',');
  return calls.map(() => ({
    error: {
      message: 'something went wrong',
      code: -32603,
      data: { code: 'INTERNAL_SERVER_ERROR', tocsin: { code: 'INTERNAL', requestId: 'req_1' } },
    },
  }));
}
