import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readClientPair } from '../support/client-pair.ts';
import { findViolations } from './accessibility.ts';
import { countEffort } from './effort.ts';
import { signIn, startStage, type Stage } from './stage.ts';

/* What the form says and sends when an edit moves a webhook to another receiver. */

let stage: Stage;
let page: Page;
let appId: string;

beforeAll(async () => {
  stage = await startStage({ env: { LOG_LEVEL: 'silent' } });
  appId = await stage.app.createApp();
  page = await stage.open();
  await signIn(page, stage.app.rootToken);
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

async function createWebhook() {
  return await stage.app.call('webhooks.create', {
    appId,
    url: 'http://127.0.0.1:9/hooks/Zx81kk9QpLmN0aBcDe?key=Qv7x2',
    events: ['user.login'],
    profile: 'authon',
    headers: { authorization: 'Bearer GATEWAY-TOKEN' },
  });
}

it('says that a new origin gets a new secret and no headers, and shows the secret once', async () => {
  const { id, secret } = await createWebhook();
  await page.goto(`/webhooks/${id}/edit`);
  const value = page.getByLabel('Header 1 value');
  await value.waitFor();
  expect(await value.inputValue()).toBe('Bearer GATEWAY-TOKEN');
  expect(await page.getByText('Saving generates a new one').count()).toBe(0);
  await page.getByLabel('URL').fill('http://127.0.0.1:10/hooks');
  await page.getByText('Saving generates a new one').waitFor();
  await page.getByText('saving removes these headers').waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await findViolations(page)).toEqual([]);
  }
  await page.getByRole('button', { name: 'Save' }).click();
  const dialog = page.getByRole('dialog');
  const shown = await dialog.getByTestId('secret').textContent();
  expect(shown).toMatch(/^whsec_[0-9a-f]{32}$/);
  expect(shown).not.toBe(secret);
  await page.getByText('were removed: authorization').waitFor();
  await dialog.getByRole('button', { name: 'I’ve saved it' }).click();
  await page.getByRole('heading', { level: 1, name: '127.0.0.1:10' }).waitFor();
  expect(await page.content()).not.toContain(shown);
  expect(await stage.app.call('webhooks.get', { id })).toMatchObject({ headers: {} });
});

it('previews the body of the signing that is chosen', async () => {
  const { id } = await createWebhook();
  await page.goto(`/webhooks/${id}/edit`);
  const preview = page.getByRole('region', { name: 'Preview' });
  await preview.getByText('"event": "user.login"').waitFor();
  await page.getByRole('radio', { name: /Standard Webhooks/ }).check();
  await preview.getByText('"type": "user.login"').waitFor();
});

it('asks what to do with pending deliveries of the event types that are taken off', async () => {
  const events = ['user.login', 'user.ban'];
  const { id } = await stage.app.call('webhooks.create', { appId, url: 'http://127.0.0.1:9/', events });
  await page.goto(`/webhooks/${id}/edit`);
  const choice = page.getByLabel('Pending deliveries of these types');
  const ban = page.getByRole('checkbox', { name: /^user\.ban/ });
  await ban.uncheck();
  expect(await choice.inputValue()).toBe('cancel');
  await ban.check();
  expect(await choice.count()).toBe(0);
  await ban.uncheck();
  expect(await findViolations(page)).toEqual([]);
  await choice.selectOption('keep');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: '127.0.0.1:9' }).waitFor();
  const { items } = await stage.app.call('auditLog.list', { action: 'webhook.updated' });
  expect(items[0]?.details['pendingDeliveries']).toBe('keep');
});

it('sends edited headers to a new origin', async () => {
  const { id } = await createWebhook();
  await page.goto(`/webhooks/${id}/edit`);
  await page.getByLabel('URL').fill('http://127.0.0.1:10/hooks');
  await page.getByLabel('Header 1 value').fill('Bearer ANOTHER-TOKEN');
  expect(await page.getByText('saving removes these headers').count()).toBe(0);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'I’ve saved it' }).click();
  await page.getByRole('heading', { level: 1, name: '127.0.0.1:10' }).waitFor();
  const { headers } = await stage.app.call('webhooks.get', { id });
  expect(headers).toEqual({ authorization: 'Bearer ANOTHER-TOKEN' });
});

it('shows a caller that only reads neither header values nor tokens of the URL', async () => {
  const { id } = await createWebhook();
  const { key } = await stage.app.createKey({ scopes: ['webhooks:read'] });
  const reader = await stage.open();
  await signIn(reader, key);
  const pages = [
    { path: `/webhooks/${id}`, shown: reader.getByText('••••').first() },
    { path: `/apps/${appId}`, shown: reader.getByText('••••').first() },
    { path: `/webhooks/${id}/edit`, shown: reader.getByText('lacks the scope webhooks:write') },
  ];
  for (const { path, shown } of pages) {
    await reader.goto(path);
    await shown.waitFor();
    const content = await reader.content();
    const values = await reader.evaluate(() =>
      [...document.querySelectorAll('input')].map((input) => input.value),
    );
    for (const hidden of ['Zx81kk9QpLmN0aBcDe', 'Qv7x2', 'GATEWAY-TOKEN']) {
      expect([content, ...values].join('\n')).not.toContain(hidden);
    }
    const offered = reader.locator('main').getByRole('button', { name: /^(?!Copy)/ });
    expect(await offered.allTextContents()).toEqual([]);
    expect(await reader.locator('main form').count()).toBe(0);
  }
  // Pages that are about one action, and links to what the key may not read.
  for (const path of ['/webhooks/new', '/events/publish', '/catalog/register', '/keys', '/audit', '/live']) {
    await reader.goto(path);
    await reader.getByText('Permission required').waitFor();
    expect(await reader.locator('main').getByRole('button').count()).toBe(0);
  }
  await reader.close();
});

it('adds, replaces and removes a client certificate, and never shows its key', async () => {
  const { id } = await createWebhook();
  const getCertificate = async () => (await stage.app.call('webhooks.get', { id })).clientCertificate;
  const save = async () => {
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: '127.0.0.1:9' }).waitFor();
  };
  await page.goto(`/webhooks/${id}/edit`);
  for (const [button, name] of [
    ['Add certificate', 'a'],
    ['Replace certificate', 'b'],
  ] as const) {
    await page.getByRole('button', { name: button }).click();
    const { certificate, privateKey } = readClientPair(name);
    await page.getByLabel('Certificate', { exact: true }).fill(certificate);
    await page.getByLabel('Private key').fill(privateKey);
    await save();
    expect((await getCertificate())?.subject).toBe(`O=Tocsin tests, CN=client ${name}`);
    await page.getByText(`CN=client ${name}`).waitFor();
    await page.goto(`/webhooks/${id}/edit`);
    await page.getByText(`CN=client ${name}`).waitFor();
    expect(await page.content()).not.toContain(privateKey.split('\n')[1]);
  }
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Remove certificate' }).click();
  await save();
  expect(await getCertificate()).toBeNull();
});

it('keeps what others changed while the form was open', async () => {
  const { id } = await createWebhook();
  await page.goto(`/webhooks/${id}/edit`);
  await page.getByLabel('Description').fill('EU endpoint');
  const events = ['user.login', 'user.ban'];
  await stage.app.call('webhooks.update', { id, url: 'http://127.0.0.1:9/moved', events, rateLimit: 5 });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Changed by others meanwhile: URL, Events, Rate limit.').waitFor();
  expect(await stage.app.call('webhooks.get', { id })).toMatchObject({
    url: 'http://127.0.0.1:9/moved',
    events,
    rateLimit: 5,
    description: 'EU endpoint',
  });
});

it('shows what differs if others changed the same field, and applies the edit when saved again', async () => {
  const { id } = await createWebhook();
  const open = async () => {
    await page.goto(`/webhooks/${id}/edit`);
    await page.getByLabel('Rate limit').fill('7');
    await page.getByLabel('Description').fill('mine');
  };
  const save = page.getByRole('button', { name: 'Save' });
  await open();
  await stage.app.call('webhooks.update', { id, description: 'theirs', rateLimit: null });
  await save.click();
  await page.getByText('Stored now: theirs').waitFor();
  await page.getByText('In this form: mine').waitFor();
  expect(await page.getByLabel('Rate limit').inputValue()).toBe('7');
  expect(await stage.app.call('webhooks.get', { id })).toMatchObject({ description: 'theirs', revision: 2 });
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Discard my changes and reload' }).click();
  await expect.poll(() => page.getByLabel('Description').inputValue()).toBe('theirs');
  await open();
  await stage.app.call('webhooks.update', { id, description: 'others' });
  await save.click();
  await page.getByText('Stored now: others').waitFor();
  await page.getByLabel('Description').fill('mine again');
  await save.click();
  await page.getByRole('heading', { level: 1, name: 'mine again' }).waitFor();
  expect(await stage.app.call('webhooks.get', { id })).toMatchObject({
    description: 'mine again',
    rateLimit: 7,
  });
});

it('saves the choice for each field that both changed, and what only others changed', async () => {
  const { id } = await createWebhook();
  await page.goto(`/webhooks/${id}/edit`);
  await page.getByLabel('Description').fill('mine');
  await page.getByLabel('Rate limit').fill('7');
  const theirs = { description: 'theirs', rateLimit: 3, format: 'json' };
  await stage.app.call('webhooks.update', { id, ...theirs });
  const save = page.getByRole('button', { name: 'Save' });
  await save.click();
  const choose = async (field: string, value: RegExp) =>
    await page.getByRole('group', { name: field }).getByRole('radio', { name: value }).check();
  await page.getByRole('group', { name: 'Rate limit' }).getByText('In this form: 7').waitFor();
  // Only others changed it, so there is nothing to choose.
  await expect.poll(() => page.getByLabel('Format').first().inputValue()).toBe('json');
  await choose('Description', /^Stored now: theirs/);
  expect(await page.getByLabel('Description', { exact: true }).inputValue()).toBe('theirs');
  await choose('Description', /^In this form: mine/);
  await choose('Description', /^Stored now: theirs/);
  await save.click();
  await page.getByRole('heading', { level: 1, name: 'theirs' }).waitFor();
  expect(await stage.app.call('webhooks.get', { id })).toMatchObject({ ...theirs, rateLimit: 7 });
  const { items } = await stage.app.call('auditLog.list', { action: 'webhook.updated' });
  expect(items[0]?.details['changed']).toEqual(['rateLimit']);
});

it('finds who changed what with one click, filters it, and exports what is shown', async () => {
  const { id } = await stage.app.call('webhooks.create', {
    appId,
    url: 'http://127.0.0.1:9/',
    events: ['user.login'],
    description: 'EU endpoint',
  });
  await stage.app.call('webhooks.update', { id, description: 'US endpoint' });
  const takes = await countEffort(page);
  await page.goto('/');
  const entries = page.locator('main').getByRole('listitem');
  const effort = await takes(async () => {
    await page.getByRole('link', { name: 'Audit log', exact: true }).click();
    const change = entries.filter({ hasText: 'Webhook updated' }).first();
    await change.getByText('EU endpoint').waitFor();
    await change.getByText('US endpoint').first().waitFor();
    await change.getByText('Operator').waitFor();
  });
  expect(effort).toEqual({ clicks: 1, keys: 0, fields: 0 });
  await page.getByLabel('Action').selectOption({ label: 'Webhook updated' });
  await page.getByRole('searchbox', { name: 'Target ID' }).fill(id);
  await page.keyboard.press('Enter');
  await expect.poll(() => entries.count()).toBe(1);
  const { searchParams } = new URL(page.url());
  expect(Object.fromEntries(searchParams)).toMatchObject({ action: 'webhook.updated', target: id });
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: /^CSV/ }).click();
  await page.getByText('Exported 1 entry.').waitFor();
  const lines = readFileSync(await (await download).path(), 'utf8')
    .trim()
    .split('\r\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(id);
  expect(lines[1]).toContain('US endpoint');
});

it('makes no call for a form that was not edited', async () => {
  const { id } = await createWebhook();
  await page.goto(`/webhooks/${id}/edit`);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: '127.0.0.1:9' }).waitFor();
  expect(await stage.app.call('webhooks.get', { id })).toMatchObject({ revision: 1 });
});

it('makes one webhook of a double click on create', async () => {
  const own = await stage.app.createApp();
  await page.goto(`/webhooks/new?app=${own}`);
  await page.getByLabel('URL').fill('http://127.0.0.1:9/twice');
  await page.getByRole('checkbox', { name: /^user\.login/ }).check();
  const create = page.getByRole('button', { name: 'Create webhook' });
  // The preview moves the button when it appears.
  await page.waitForLoadState('networkidle');
  await create.hover();
  const { x, y } = (await create.boundingBox()) ?? { x: 0, y: 0 };
  // Without the checks of a locator, which would wait until the button is enabled again.
  await page.mouse.dblclick(x + 20, y + 10);
  await page.getByRole('dialog').getByTestId('secret').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'I’ve saved it' }).click();
  await page.getByRole('heading', { level: 1, name: '127.0.0.1:9' }).waitFor();
  expect((await stage.app.call('webhooks.list', { appId: own })).items).toHaveLength(1);
});
