import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signIn, startStage, type Stage } from './stage.ts';

/* Forms with unsaved changes, the focus after dialogs, and addresses without a page. */

const appId = 'app_leaving';

let stage: Stage;
let page: Page;
let webhookId: string;

beforeAll(async () => {
  stage = await startStage({ env: { LOG_LEVEL: 'silent', RETRY_SCHEDULE: '1h' } });
  await stage.app.createApp({ id: appId });
  const webhook = { appId, url: 'http://127.0.0.1:9/hook', events: ['user.login'] };
  webhookId = (await stage.app.call('webhooks.create', webhook)).id;
  const data = { userId: 'u', username: 'n', ip: '192.0.2.1', hwid: 'h' };
  await stage.app.call('events.publish', { appId, event: 'user.login', data });
  page = await stage.open();
  await signIn(page, stage.app.rootToken);
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const button = (name: string) => page.getByRole('button', { name, exact: true });
const question = () => page.getByRole('dialog', { name: 'Leave without saving?' });
const path = () => new URL(page.url()).pathname;

it('asks before a form with unsaved changes is left', async () => {
  await page.goto(`/webhooks/${webhookId}`);
  await page.getByRole('link', { name: 'Edit' }).click();
  const description = page.getByLabel('Description');
  await description.waitFor();
  // Nothing was edited, so there is nothing to ask.
  await page.goBack();
  await page.getByRole('link', { name: 'Edit' }).click();
  await description.fill('not saved');

  await page.getByRole('link', { name: 'Deliveries' }).click();
  await question().waitFor();
  await button('Keep editing').click();
  expect(path()).toBe(`/webhooks/${webhookId}/edit`);

  await page.goBack();
  await question().waitFor();
  await button('Keep editing').click();
  expect(await description.inputValue()).toBe('not saved');
  expect(path()).toBe(`/webhooks/${webhookId}/edit`);

  const [dialog] = await Promise.all([
    page.waitForEvent('dialog'),
    // Not `page.reload`, which would wait for a page that does not come.
    page.evaluate(() => void setTimeout(() => location.reload())),
  ]);
  expect(dialog.type()).toBe('beforeunload');
  await dialog.dismiss();
  expect(await description.inputValue()).toBe('not saved');

  await page.goBack();
  await button('Discard changes').click();
  await page.getByRole('heading', { name: 'Latest deliveries' }).waitFor();
  expect(path()).toBe(`/webhooks/${webhookId}`);
  expect(await stage.app.call('webhooks.get', { id: webhookId })).toMatchObject({ description: null });
});

it('returns the focus after a dialog', async () => {
  const getFocused = async () =>
    await page.evaluate(() => document.activeElement?.textContent ?? document.activeElement?.nodeName);
  await page.goto(`/webhooks/${webhookId}`);
  await button('Rotate secret').click();
  await page.keyboard.press('Escape');
  await expect.poll(getFocused).toBe('Rotate secret');
  // This dialog opens after a count, during which the button is busy.
  await button('Disable').click();
  await button('Enable').click();
  await button('Keep disabled').click();
  await expect.poll(getFocused).toBe('Enable');
});

it('shows its own page for addresses that it does not know', async () => {
  for (const address of ['/apps/a/b', '/catalog/nothing', '/webhooks/%E0%A4%A']) {
    await page.goto('/catalog');
    // The server itself rejects malformed addresses, but links can be malformed as well.
    await page.evaluate((to) => history.pushState(null, '', to), address);
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
  }
  expect(stage.complaints).toEqual([]);
});
