import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Receiver } from '../support/receiver.ts';
import { findViolations } from './accessibility.ts';
import { countEffort } from './effort.ts';
import { signIn, startStage, type Stage } from './stage.ts';

/*
 * An operator's work from the first sign-in to a revoked key, in a real browser with a real server and
 * receiver. The steps build on each other.
 */

const appId = 'app_story';
const chatAppId = 'app_chat';

let stage: Stage;
let receiver: Receiver;
let page: Page;
let live: Page;
let webhookUrl: string;
let eventUrl: string;

beforeAll(async () => {
  stage = await startStage({ env: { RETRY_SCHEDULE: '100ms', LOG_LEVEL: 'silent' } });
  receiver = await Receiver.start({ answer: { status: 200, body: 'thank you' } });
  await stage.app.createApp({ id: appId });
  await stage.app.createApp({ id: chatAppId });
  page = await stage.open();
});

afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

const button = (name: string | RegExp) => page.getByRole('button', { name });

describe('an operator', () => {
  it('signs in with the root token after an unknown key is rejected', async () => {
    await page.goto(`/apps/${appId}`);
    expect(await findViolations(page)).toEqual([]);
    await page.getByLabel('API key or root token').fill('tsk_nobody');
    await button('Sign in').click();
    await page.getByText('The API key is unknown.').waitFor();
    await page.getByLabel('API key or root token').fill(stage.app.rootToken);
    await page.keyboard.press('Enter');
    // Sign-in leads to the requested page.
    await page.getByRole('heading', { level: 1, name: 'An app' }).waitFor();
    const cookies = await page.context().cookies();
    expect(cookies).toMatchObject([{ name: 'tocsin_session', httpOnly: true, sameSite: 'Strict' }]);
    expect(await page.evaluate(() => document.cookie + JSON.stringify(localStorage))).not.toContain(
      stage.app.rootToken,
    );
  });

  it('creates a webhook: the URL is validated while it is typed, the secret is shown once', async () => {
    await page.getByRole('link', { name: 'New webhook' }).first().click();
    const url = page.getByLabel('URL');
    await url.fill('http://user:pass@example.com');
    await page.getByText('The URL must not contain a username or password').waitFor();
    expect(await button('Create webhook').isDisabled()).toBe(true);
    await url.fill(receiver.url);
    await page.getByRole('checkbox', { name: /^user\.ban/ }).check();
    await page.getByRole('checkbox', { name: /^license\.revoked/ }).check();
    await button('Example of user.ban').click();
    await page.getByRole('region', { name: 'Example of user.ban' }).getByText('Terms violation').waitFor();
    await button('Create webhook').click();
    const dialog = page.getByRole('dialog');
    const secret = await dialog.getByTestId('secret').textContent();
    expect(secret).toMatch(/^whsec_[0-9a-f]{32}$/);
    await page.keyboard.press('Escape'); // must not close the dialog: the secret would be lost
    await dialog.getByRole('button', { name: 'I’ve saved it' }).click();
    await page.getByRole('heading', { level: 1, name: new URL(receiver.url).host }).waitFor();
    webhookUrl = page.url();
    expect(await page.content()).not.toContain(secret);
  });

  it('previews the chat message of a Discord webhook', async () => {
    await page.goto(`/webhooks/new?app=${chatAppId}`);
    await page.getByLabel('URL').fill('https://discord.com/api/webhooks/1234567890/abcdef');
    await page.getByRole('checkbox', { name: /^user\.ban/ }).check();
    await page.getByRole('region', { name: 'Preview' }).getByText('Terms violation').first().waitFor();
    // Disabled, so that nothing leaves the machine.
    await page.getByRole('checkbox', { name: 'Enabled' }).uncheck();
    await button('Create webhook').click();
    await page.getByRole('dialog').getByText('Chat services do not receive the secret.').waitFor();
    await page.goto(webhookUrl);
  });

  it('sends a test ping and sees the response', async () => {
    await button('Send test ping').click();
    const result = page.getByRole('status', { name: 'Test ping result' });
    await result.getByText(/The endpoint responded with 200 after/).waitFor();
    await result.getByText('thank you').waitFor();
    const [ping] = await receiver.waitFor(1);
    expect(ping?.headers['webhook-id']).toMatch(/^evt_/);
  });

  it('publishes an event from the schema form and sees it in the live tail', async () => {
    live = await stage.open();
    await signIn(live, stage.app.rootToken);
    await live.goto('/live');
    await live.getByText('Waiting for events').waitFor();

    await page.goto(`/events/publish?app=${appId}&type=user.ban`);
    await page.getByLabel('reason').fill('Chargeback <b>of</b> an order');
    await button('Publish').click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Publish/ })
      .click();
    await page.getByText('Accepted for 1 webhook.').waitFor();
    const row = live.getByRole('listitem').filter({ hasText: 'user.ban' });
    await row.getByText('Chargeback <b>of</b> an order').waitFor();
    expect(await row.locator('b').count()).toBe(0);

    await live.getByRole('button', { name: 'Pause' }).click();
    await button('Publish').click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Publish/ })
      .click();
    await live.getByText('Paused, 1 new').waitFor();
    expect(await row.count()).toBe(1);
    await live.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => row.count()).toBe(2);

    await page.getByRole('link', { name: 'View delivery status' }).click();
    await page.getByRole('list', { name: 'Verdicts' }).getByText('Delivered', { exact: true }).waitFor();
    eventUrl = page.url();
  });

  it('sees the field of a number that the browser would change, and cannot publish it', async () => {
    await page.goto(`/events/publish?app=${appId}&type=user.ban`);
    await page.getByText('JSON', { exact: true }).click();
    await page.getByLabel('Data as JSON').fill('{"orderId":9007199254740993}');
    await page.getByText('orderId: a 64-bit float cannot hold this number exactly').waitFor();
    expect(await button('Publish').isDisabled()).toBe(true);
  });

  it('filters the live tail, which loses no events after a disconnect', async () => {
    await live.goto(`/live?app=${appId}&type=license.revoked`);
    await live.getByText('Waiting for events').waitFor();
    await live.context().setOffline(true);
    stage.app.app.http.server.closeAllConnections();
    await live.getByText('Reconnecting; no events are lost').waitFor();
    await stage.app.call('events.publish', { appId, event: 'user.ban', data: banned('not shown') });
    await stage.app.call('events.publish', {
      appId,
      event: 'license.revoked',
      data: { licenseKey: 'GONE-WHILE-AWAY', status: 'revoked' },
    });
    await live.context().setOffline(false);
    await live.getByText('GONE-WHILE-AWAY').waitFor();
    expect(await live.getByText('not shown').count()).toBe(0);
    await live.close();
  });

  it('sees why a delivery failed, with a hostile response shown as text', async () => {
    receiver.answerWith({ status: 500, headers: { 'content-type': 'text/html' }, body: hostileReply });
    await stage.app.call('events.publish', { appId, event: 'user.ban', data: banned('unlucky') });
    await page.goto('/deliveries?status=failed');
    await page.getByRole('link', { name: 'user.ban' }).first().click();
    await page.getByText('All retries failed. The endpoint returned an error status (500).').waitFor();
    const reply = page.getByRole('region', { name: 'Response to attempt 2' });
    const text = (await reply.textContent()) ?? '';
    expect(text).toContain('<script>window.hacked = true</script>');
    expect(text).toContain('␛[31mred␛[0m');
    expect(text).toContain('<U+202E>');
    expect(text).toContain('😀😀😀');
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    expect(await page.locator('main img, main iframe, main script').count()).toBe(0);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
    const signature = page.getByRole('table', { name: 'Request headers' }).getByText(/^v1,/);
    expect(await signature.textContent()).toBe('v1,••••');
    expect(await findViolations(page)).toEqual([]);
  });

  it('retries it, and it is delivered', async () => {
    receiver.answerWith({ status: 200, body: 'better now' });
    await button('Retry now').click();
    await page.getByText('Delivered after 3 attempts.').waitFor();
    await page.getByRole('region', { name: 'Response to attempt 3' }).getByText('better now').waitFor();
  });

  it('finds an event by its id and sees why another webhook did not receive it', async () => {
    await page.goto(webhookUrl);
    await stage.app.call('webhooks.create', {
      appId,
      url: `${receiver.origin}/other`,
      events: ['user.login'],
    });
    const { id } = await stage.app.call('events.publish', {
      appId,
      event: 'user.ban',
      data: banned('found'),
    });
    // The shortcut works once the page has rendered.
    await button('Search users').waitFor();
    await page.keyboard.press('/');
    await page.getByRole('combobox', { name: 'Search' }).waitFor();
    await page.keyboard.type(id);
    await page.getByRole('option', { name: /^user\.ban/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('1 delivered, 1 not sent').waitFor();
    await page.getByRole('list', { name: 'Verdicts' }).getByText('Not sent: not subscribed').waitFor();
    await page.goto(eventUrl);
    await page.getByText('Not sent: created later').waitFor();
  });

  it('finds why a customer did not get an event, from a user name alone, without a click', async () => {
    const data = { ...banned('found'), username: 'Lost Customer' };
    await stage.app.call('events.publish', { appId, event: 'user.ban', data });
    const takes = await countEffort(page);
    await page.goto('/');
    await button('Search users').waitFor();
    const effort = await takes(async () => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'Search' }).waitFor();
      await page.keyboard.type('lost customer');
      await page.getByRole('option', { name: /username · 1 event/ }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Timeline of lost customer' }).waitFor();
      const event = page.getByRole('list', { name: 'Timeline' });
      await event.getByText('Not sent: not subscribed').waitFor();
      await event.getByText('The webhook is not subscribed to user.ban').waitFor();
    });
    expect(effort).toEqual({ clicks: 0, keys: 2, fields: 1 });
    expect(await findViolations(page)).toEqual([]);

    // What is not there is an empty state, which says what was searched, also to the root operator.
    await page.keyboard.press('/');
    await page.getByRole('combobox', { name: 'Search' }).fill('no such customer');
    await page.getByText('Nothing found for').waitFor();
    await page.getByText(/^Searched: .*values in payloads/).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('combobox', { name: 'Search' }).fill('evt_01jz8q4m7v');
    await page.getByText('An event id has 30 characters; this one has 14.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('rotates the secret, which is shown once', async () => {
    await page.goto(webhookUrl);
    await button('Rotate secret').click();
    await page.getByLabel('Previous secret expires').selectOption({ label: 'After 3 days' });
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
    expect(await page.getByTestId('secret').textContent()).toMatch(/^whsec_/);
    await button('I’ve saved it').click();
    await page.getByText(/^expires in/).waitFor();
  });

  it('replays a time range after seeing how many deliveries match', async () => {
    const before = receiver.requests.length;
    await button('Replay').click();
    await page.getByRole('dialog').getByLabel('Status').selectOption({ label: 'Successful deliveries' });
    const replay = page.getByRole('dialog').getByRole('button', { name: /^Replay \d+ deliver/ });
    await replay.waitFor();
    expect(await findViolations(page)).toEqual([]);
    const number = Number(/\d+/.exec((await replay.textContent()) ?? '')?.[0]);
    expect(number).toBeGreaterThan(3);
    await replay.click();
    await receiver.waitFor(before + number);
    await page.getByText(`${number} of ${number}`).waitFor();
  });

  it('disables and enables a webhook', async () => {
    await button('Disable').click();
    await page.getByText('Switched off by a user.').waitFor();
    await button('Enable').click();
    await page.getByText('Untested').first().waitFor();
  });

  it('creates a key and revokes it, which ends its sessions within a second', async () => {
    await page.goto('/keys');
    await button('New key').first().click();
    await page.getByLabel('Name').fill('Support desk');
    for (const scope of ['webhooks:read', 'deliveries:read'])
      await page.getByRole('checkbox', { name: new RegExp(` ${scope}$`) }).check();
    await page.getByRole('checkbox', { name: / events:publish$/ }).uncheck();
    await button('Create key').click();
    const key = (await page.getByTestId('secret').textContent()) ?? '';
    expect(key).toMatch(/^tsk_/);
    await button('I’ve saved it').click();

    const desk = await stage.open();
    await signIn(desk, key);
    // Pages that need a missing scope are hidden, and explain it when opened directly.
    const navigation = desk.getByRole('navigation', { name: 'Main' });
    const links = await navigation.getByRole('link').allTextContents();
    // The number of open incidents follows the name.
    expect(links.map((text) => text.replace(/\d.*$/, ''))).toEqual([
      'Overview',
      'Incidents',
      'Apps & webhooks',
      'Deliveries',
      'Event catalog',
      'Alerts',
    ]);
    await desk.goto(webhookUrl);
    await desk.getByRole('heading', { name: 'Latest deliveries' }).waitFor();
    expect(await desk.getByRole('button', { name: 'Send test ping' }).count()).toBe(0);
    await desk.goto('/keys');
    await desk.getByText('Permission required').waitFor();
    await desk.getByText('This API key lacks the scope keys:write.').waitFor();

    await button('Revoke Support desk').click();
    await button('Revoke key').click();
    await page.getByText('Revoked', { exact: true }).waitFor();
    await desk.goto('/apps');
    await desk.getByRole('heading', { name: 'Sign in' }).waitFor();
    await desk.close();
  });

  it('finds these actions in the audit log', async () => {
    await page.goto('/audit');
    for (const action of [
      'Webhook created',
      'Webhook tested',
      'Webhook secret rotated',
      'Delivery retried',
      'API key created',
      'API key revoked',
    ]) {
      await page.locator('main').getByRole('listitem').filter({ hasText: action }).first().waitFor();
    }
  });

  it('narrows the audit log by actor, app and time, and exports what matches', async () => {
    const { key } = await stage.app.createKey();
    const { id } = await stage.app.call('apps.create', { name: 'By a key' }, { token: key });
    const entries = page.locator('main').getByRole('listitem');
    const created = entries.filter({ hasText: 'By a key' });
    const others = entries.filter({ hasText: 'Webhook secret rotated' });
    await page.goto('/audit');
    await others.first().waitFor();
    await page.getByLabel('Actor').selectOption('key');
    await others.first().waitFor({ state: 'hidden' });
    await page.getByRole('combobox', { name: 'App' }).fill('by a key');
    await page.getByRole('option', { name: /^By a key/ }).click();
    await page.getByLabel('Time').selectOption('1h');
    const shown = () => Object.fromEntries(new URL(page.url()).searchParams);
    await expect.poll(shown).toEqual({ actor: 'key', app: id, span: '1h' });
    await created.waitFor();

    const download = page.waitForEvent('download');
    await button('Export').click();
    await page.getByRole('menuitem', { name: /^NDJSON/ }).click();
    const text = await readFile(await (await download).path(), 'utf8');
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(text)).toMatchObject({
      action: 'app.created',
      targetId: id,
      actor: { kind: 'key' },
    });

    await page.getByLabel('Time').selectOption('custom');
    await page.getByLabel('From').fill('2099-01-01T00:00');
    await page.keyboard.press('Enter');
    await page.getByText('No entries match these filters').waitFor();
    await button('Remove filters').click();
    await others.first().waitFor();
  });

  it('signs out, and going back does not show earlier pages', async () => {
    await button(/Operator/).click();
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(stage.complaints).toEqual([]);
  });
});

function banned(reason: string) {
  return { userId: 'usr_1', username: 'mallory', reason, bannedBy: 'usr_2' };
}

/** A script, an image with a handler, ANSI colors, a bidirectional override, and emoji to fill 2 KiB. */
const hostileReply = [
  '<script>window.hacked = true</script>',
  '<img src=x onerror="window.hacked = true">',
  '\u001b[31mred\u001b[0m\u0000\u0007',
  '\u202egnp.exe',
  '</pre></body><iframe src="https://example.com"></iframe>',
  '😀'.repeat(700),
].join('\n');
