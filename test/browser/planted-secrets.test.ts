import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Receiver } from '../support/receiver.ts';
import { signIn, startStage, type Stage } from './stage.ts';

/*
 * Plants secrets, makes a receiver echo them, and searches every page of the admin UI in a browser: text,
 * markup, fields, storage and address.
 */

const appId = 'app_planted';
const planted = {
  discordToken: `discord${randomBytes(30).toString('hex')}`,
  slackToken: `slack${randomBytes(12).toString('hex')}`,
  header: `header${randomBytes(12).toString('hex')}`,
  rootToken: `root_${randomBytes(16).toString('hex')}`,
  encryptionKey: randomBytes(32).toString('base64'),
};

/** Secrets that only the response that created them contains. */
const shownOnce: Record<string, string> = {};
const ids: Record<'webhooks' | 'deliveries' | 'events', string[]> = {
  webhooks: [],
  deliveries: [],
  events: [],
};

let stage: Stage;
let receiver: Receiver;
let page: Page;

beforeAll(async () => {
  const { rootToken: ROOT_TOKEN, encryptionKey: ENCRYPTION_KEY } = planted;
  stage = await startStage({
    env: { RETRY_SCHEDULE: '1ms', LOG_LEVEL: 'silent', ROOT_TOKEN, ENCRYPTION_KEY },
  });
  receiver = await Receiver.start({
    answer: ({ headers, path }) => ({ status: 500, body: JSON.stringify({ path, headers }) }),
  });
  await plant();
  page = await stage.open();
  await signIn(page, planted.rootToken);
});

afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

async function plant(): Promise<void> {
  const { app } = stage;
  await app.createApp({ id: appId });
  const create = async (name: string, given: object) => {
    const input = { appId, events: ['user.ban'], url: receiver.url, ...given };
    const { id, secret } = await app.call('webhooks.create', input);
    shownOnce[`secret of ${name}`] = secret;
    ids.webhooks.push(id);
    return id;
  };
  const echoing = await create('echoing', { profile: 'authon', headers: { 'x-auth': planted.header } });
  await create('ed25519', { signing: 'ed25519' });
  // Disabled, so that nothing leaves the machine.
  const discord = `https://discord.com/api/webhooks/123456789/${planted.discordToken}`;
  await create('discord', { url: discord, enabled: false });
  await create('slack', {
    url: `https://hooks.slack.com/services/T0/B0/${planted.slackToken}`,
    enabled: false,
  });
  const rotated = await app.call('webhooks.rotateSecret', { id: echoing, overlapHours: 1 });
  shownOnce['rotated secret'] = rotated.secret;
  shownOnce['key'] = (await app.createKey()).key;
  const revoked = await app.createKey();
  shownOnce['revoked key'] = revoked.key;
  await app.call('keys.revoke', { id: revoked.id });
  const data = { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b' };
  ids.events.push((await app.call('events.publish', { appId, event: 'user.ban', data })).id);
  await app.call('webhooks.test', { id: echoing });
  await app.whenIdle();
  ids.deliveries.push(...(await app.call('deliveries.list', { appId })).items.map(({ id }) => id));
}

/** The full content of a page: text, markup, field values and storage. */
async function readContent(path: string): Promise<string> {
  await page.goto(path);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForLoadState('networkidle');
  const rest = await page.evaluate(() =>
    [
      document.title,
      location.href,
      document.cookie,
      document.body.innerText,
      JSON.stringify(localStorage),
      JSON.stringify(sessionStorage),
      ...Array.from(document.querySelectorAll('input, textarea, select'), (field) =>
        'value' in field ? String(field.value) : '',
      ),
    ].join('\n'),
  );
  return `${await page.content()}\n${rest}`;
}

function leaks(content: string, except: readonly (keyof typeof planted)[] = []): string[] {
  return Object.entries({ ...planted, ...shownOnce }).flatMap(([name, secret]) => {
    const bare = secret.replace(/^(whsec|whsk|tsk|root)_/, '');
    return content.includes(bare) && !except.some((one) => one === name) ? [name] : [];
  });
}

it('shows no planted secret on any page', async () => {
  const paths = [
    '/',
    '/apps',
    `/apps/${appId}`,
    `/webhooks/new?app=${appId}`,
    ...ids.webhooks.map((id) => `/webhooks/${id}`),
    `/deliveries?app=${appId}`,
    ...ids.deliveries.map((id) => `/deliveries/${id}`),
    '/events',
    ...ids.events.map((id) => `/events/${id}`),
    `/events/publish?app=${appId}`,
    '/catalog',
    '/keys',
    '/audit',
  ];
  expect(ids.deliveries.length).toBeGreaterThanOrEqual(3);
  const found: Record<string, string[]> = {};
  let seen = '';
  for (const path of paths) {
    const content = await readContent(path);
    seen += content;
    const names = leaks(content);
    if (names.length > 0) found[path] = names;
  }
  expect(found).toEqual({});
  // Empty pages would pass, so check that the pages rendered the places where secrets could appear.
  for (const text of [
    'discord.com/api/webhooks',
    'hooks.slack.com',
    'x-webhook-secret',
    '[removed]',
    'x-auth',
  ])
    expect(seen).toContain(text);
});

it('shows a webhook’s own URL and headers on its edit page, and no other secret', async () => {
  for (const id of ids.webhooks) {
    const content = await readContent(`/webhooks/${id}/edit`);
    expect(leaks(content, ['discordToken', 'slackToken', 'header'])).toEqual([]);
  }
});

it('shows nothing in the live tail', async () => {
  await page.goto('/live');
  await page.getByText('Waiting for events').waitFor();
  const data = { userId: 'u', username: 'n', reason: 'seen live', bannedBy: 'b' };
  await stage.app.call('events.publish', { appId, event: 'user.ban', data });
  await page.getByText('seen live').waitFor();
  expect(leaks(await page.content())).toEqual([]);
});

it('shows a new key once and not after its dialog is closed', async () => {
  await page.goto('/keys');
  await page.getByRole('button', { name: 'New key' }).first().click();
  await page.getByLabel('Name').fill('Shown once');
  await page.getByRole('button', { name: 'Create key' }).click();
  const key = (await page.getByTestId('secret').textContent()) ?? '';
  expect(key).toMatch(/^tsk_[0-9a-f]{20,}/);
  await page.getByRole('button', { name: 'I’ve saved it' }).click();
  await page.getByText('Shown once').first().waitFor();
  shownOnce['key made here'] = key;
  expect(leaks(await page.content())).toEqual([]);
  expect(leaks(await readContent('/keys'))).toEqual([]);
  expect(leaks(await readContent('/audit'))).toEqual([]);
  expect(stage.complaints).toEqual([]);
});
