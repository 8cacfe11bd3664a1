import type { EventType } from '@tocsin/shared';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Receiver } from '../support/receiver.ts';
import { findViolations } from './accessibility.ts';
import { countEffort } from './effort.ts';
import { visibleText } from './page-view.ts';
import { signIn, startStage, type Stage } from './stage.ts';

/* An operator finds the failed deliveries of one host and sends them again; the steps build on each other. */

const appId = 'app_desk';
const data = { userId: 'u', username: "o'n", reason: 'r', bannedBy: 'b' };

let stage: Stage;
let failing: Receiver;
let other: Receiver;
let archive: Receiver;
let page: Page;
let takes: Awaited<ReturnType<typeof countEffort>>;

beforeAll(async () => {
  stage = await startStage({ env: { RETRY_SCHEDULE: '100ms', LOG_LEVEL: 'silent' } });
  failing = await Receiver.start({
    answer: { status: 500, headers: { 'x-region': 'eu-1', 'set-cookie': 'sid=secret' }, body: 'overloaded' },
  });
  other = await Receiver.start({ answer: 404 });
  archive = await Receiver.start();
  await stage.app.createApp({ id: appId });
  const webhook = async (url: string, description: string, event: EventType = 'user.ban') =>
    await stage.app.call('webhooks.create', { appId, url, description, events: [event] });
  await webhook(failing.url, 'Billing sync');
  await webhook(other.url, 'Moderation');
  await webhook(archive.url, 'Archive', 'user.login');
  // At once, because an endpoint that fails for ten seconds is paused.
  const events = Array.from({ length: 12 }, () => ({ appId, event: 'user.ban', data }));
  await stage.app.call('events.publishMany', { events });
  page = await stage.open({ permissions: ['clipboard-read', 'clipboard-write'] });
  takes = await countEffort(page);
  await signIn(page, stage.app.rootToken);
});

afterAll(async () => {
  await failing[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await archive[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

const button = (name: string) => page.getByRole('button', { name, exact: true });
const panel = () => page.getByRole('complementary', { name: 'Delivery', exact: true });
const rows = () => page.getByRole('table', { name: 'Deliveries' }).getByRole('row', { name: /user\.ban/ });

describe('the deliveries page', () => {
  it('lists the failed deliveries of one host since yesterday, and says why', async () => {
    await expect
      .poll(async () => {
        const { items } = await stage.app.call('deliveries.list', { status: 'failed', limit: 200 });
        return items.length;
      })
      .toBe(24);
    await page.goto('/deliveries');
    await page.getByRole('button', { name: 'View: All deliveries' }).click();
    await button('Failed in the last day').click();
    await button('More filters').click();
    await page.getByLabel('Host').fill(new URL(failing.url).host);
    await button('Apply filters').click();
    await visibleText(page, 'The endpoint returned 500').waitFor();
    await expect.poll(() => rows().count()).toBe(12);
    expect(await page.getByText('Moderation').count()).toBe(0);
    expect(new URL(page.url()).searchParams.get('period')).toBe('24h');
    expect(await findViolations(page)).toEqual([]);
  });

  it('opens the panel with j, with the request as it was sent', async () => {
    await page.keyboard.press('j');
    await panel().getByText('x-region').first().waitFor({ state: 'attached' });
    await page.keyboard.press('j');
    const second = new URL(page.url()).searchParams.get('open');
    await panel().getByText(String(second)).waitFor();
    await panel().getByRole('button', { name: 'Copy as curl' }).click();
    const curl = await page.evaluate(async () => await navigator.clipboard.readText());
    expect(curl).toContain(`curl -X POST '${failing.url}'`);
    expect(curl).toContain("-H 'webhook-signature: v1,••••'");
    expect(curl).toContain(String.raw`"username":"o'\''n"`);
    await panel().getByText('Response headers').first().click();
    expect(await panel().getByText('sid=secret').count()).toBe(0);
    await panel().getByRole('button', { name: 'Compare' }).click();
    await panel().getByRole('table', { name: 'Two attempts compared' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await panel().waitFor({ state: 'detached' });
  });

  it('sends ten of them again, after it has named their webhook', async () => {
    const before = failing.requests.length;
    for (let row = 0; row < 10; row++) await rows().nth(row).getByRole('checkbox').check();
    await page.getByText('10 selected').waitFor();
    await button('Retry').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Billing sync').waitFor();
    await dialog.getByRole('button', { name: 'Retry 10 deliveries' }).click();
    await page.getByText('10 deliveries sent again.').waitFor();
    await expect.poll(() => failing.requests.length).toBe(before + 10);
    const { items } = await stage.app.call('auditLog.list', { action: 'deliveries.retried' });
    expect(items).toMatchObject([{ appId, details: { count: 10 } }]);
    expect(stage.complaints).toEqual([]);
  });

  it('shows the request of a failed one, copies it as curl and retries it, with three clicks', async () => {
    await page.goto('/');
    const effort = await takes(async () => {
      await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
      await rows().first().waitFor();
      await page.keyboard.press('j');
      await panel().getByText('Response headers').first().waitFor();
      await panel().getByRole('button', { name: 'Copy as curl' }).click();
      await panel().getByRole('button', { name: 'Retry now' }).click();
      await page.getByText('Retry scheduled.').waitFor();
    });
    expect(effort).toEqual({ clicks: 3, keys: 1, fields: 0 });
  });

  it('sends its event to another webhook, which is not subscribed, with three clicks and one text', async () => {
    const effort = await takes(async () => {
      await panel().getByRole('button', { name: 'Send elsewhere' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('combobox').fill('archive');
      await page.getByRole('option', { name: /^Archive/ }).click();
      await dialog.getByText(/^Archive gets user\.ban now/).waitFor();
      await dialog.getByRole('button', { name: 'Send event' }).click();
      await page.getByText('Delivered after 1 attempt.').waitFor();
    });
    expect(effort).toEqual({ clicks: 3, keys: 0, fields: 1 });
    await page.getByText('by the operator').waitFor();
    const event = page.getByRole('link', { name: /^evt_/ });
    const eventId = (await event.textContent()) ?? '';
    expect(archive.requests.map(({ headers }) => headers['webhook-id'])).toEqual([eventId]);
    await event.click();
    await page.getByText(/Sent by hand by the operator/).waitFor();
    await button('Send to a webhook').waitFor();
    expect(await findViolations(page)).toEqual([]);
    const { items } = await stage.app.call('auditLog.list', { action: 'delivery.resent' });
    expect(items).toMatchObject([{ appId, targetName: 'Archive', details: { event: 'user.ban' } }]);
  });

  it('keeps the filters as a view under a name', async () => {
    await page.goto(`/deliveries?host=${new URL(failing.url).host}`);
    await page.getByRole('button', { name: 'View: Custom view' }).click();
    await page.getByLabel('Name of the view').fill('Billing outage');
    await button('Save').click();
    await page.getByRole('button', { name: 'View: Billing outage' }).waitFor();
    await page.goto('/deliveries');
    await page.getByRole('button', { name: 'View: All deliveries' }).click();
    await button('Billing outage').click();
    await page.getByText('Billing sync').first().waitFor();
    expect(new URL(page.url()).searchParams.get('host')).toBe(new URL(failing.url).host);
  });
});
