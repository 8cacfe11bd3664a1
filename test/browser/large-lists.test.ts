import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toSearchWords } from '../../server/src/domain/search-words.ts';
import { toAppDoc } from '../../server/src/store/mongo/documents/account.ts';
import { getCollections } from '../../server/src/store/mongo/documents/collections.ts';
import { findViolations } from './accessibility.ts';
import { signIn, startStage, type Stage } from './stage.ts';

/* 10,000 webhooks in one app and 5,000 apps. The time on the main thread is printed; no result depends on it. */

const appId = 'app_loader';

let stage: Stage;
let page: Page;

beforeAll(async () => {
  stage = await startStage({ env: { LOG_LEVEL: 'silent' } });
  await fill(stage);
  page = await stage.open();
  await signIn(page, stage.app.rootToken);
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

/** Copies one webhook, because creating each one by a call would take minutes. */
async function fill({ app }: Stage): Promise<void> {
  await app.call('apps.create', { id: appId, name: 'Loader' });
  const url = 'http://127.0.0.1:9/hooks';
  const { id } = await app.call('webhooks.create', { appId, url, events: ['user.login'] });
  const { apps, webhooks, health } = getCollections(app.db);
  const template = await webhooks.findOne({ _id: id });
  if (template === null) throw new Error('no webhook');
  const { accountId } = template;
  const ids = Array.from({ length: 9_999 }, (_, n) => `wh_${n.toString(16).padStart(12, '0')}`);
  await webhooks.insertMany(
    ids.map((_id, n) => ({
      ...template,
      _id,
      description: `Customer ${n}`,
      searchWords: toSearchWords([_id, `Customer ${n}`]),
      createdAt: new Date(template.createdAt.getTime() - n * 60_000),
    })),
  );
  await health.insertMany(
    ids.slice(-260).map((_id) => ({
      _id,
      appId,
      accountId,
      failuresInARow: 3,
      lastSuccessAt: null,
      lastFailureAt: new Date(),
      lastFailureReason: 'http_status',
      failingSince: new Date(),
    })),
  );
  await apps.insertMany(
    Array.from({ length: 4_999 }, (_, n) =>
      toAppDoc({ id: `app_${n}`, accountId, name: `Shop ${n}`, createdAt: n }),
    ),
  );
}

/** What a page cost until now: elements, bytes of answers, time on the main thread. */
async function measure(work: () => Promise<void>) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  await devtools.send('Network.enable');
  let bytes = 0;
  const types = new Map<string, string>();
  devtools.on('Network.responseReceived', ({ requestId, response }) => types.set(requestId, response.url));
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (types.get(requestId)?.includes('/trpc/') === true) bytes += encodedDataLength;
  });
  const time = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    const names = ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'];
    return metrics.filter(({ name }) => names.includes(name)).reduce((sum, { value }) => sum + value, 0);
  };
  const before = await time();
  await work();
  const mainThreadMs = Math.round(((await time()) - before) * 1_000);
  const elements = await page.evaluate(() => document.querySelectorAll('*').length);
  await devtools.detach();
  return { elements, bytes, mainThreadMs };
}

const print = (name: string, figures: object) =>
  process.stdout.write(`${name}: ${JSON.stringify(figures)}\n`);

const row = (name: string | RegExp) => page.getByRole('row', { name });

describe('a list of any length', () => {
  it('shows 10,000 webhooks with the elements and bytes of one screen', async () => {
    await page.goto('/apps');
    const opened = await measure(async () => {
      await page.getByRole('link', { name: /^Loader/ }).click();
      await page.getByText('10,000 webhooks').waitFor();
      await row(/Customer 5 /)
        .first()
        .waitFor();
    });
    print('10,000 webhooks', opened);
    expect(opened.elements).toBeLessThan(1_500);
    expect(opened.bytes).toBeLessThan(200_000);
    expect(await findViolations(page)).toEqual([]);
  });

  it('loads what is scrolled to, by the keyboard too, and keeps the number of elements', async () => {
    await page
      .getByRole('table', { name: 'Webhooks of this app' })
      .locator('[data-row-link]')
      .first()
      .focus();
    const focused = async () => {
      await page.keyboard.press('End');
      return await page.evaluate(() => Number(document.activeElement?.closest('tr')?.dataset['index']));
    };
    await expect.poll(focused, { timeout: 30_000 }).toBeGreaterThan(900);
    await row(/Customer 1000 /)
      .first()
      .waitFor();
    expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(1_500);
  });

  it('polls only the webhooks in view', async () => {
    const polled = await measure(async () => {
      const isPoll = (url: string) => url.includes('summaries') && decodeURIComponent(url).includes('"ids"');
      await page.waitForResponse((response) => isPoll(response.url()));
      await page.waitForResponse((response) => isPoll(response.url()));
    });
    print('two polls of 10,000 webhooks', polled);
    expect(polled.bytes).toBeLessThan(150_000);
  });

  it('finds webhooks by words and by health, and counts them', async () => {
    await page.getByRole('searchbox', { name: 'Search webhooks' }).fill('customer 99');
    await page.getByText('110 webhooks found').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByLabel('Health').selectOption({ label: 'Failing (260)' });
    await page.getByText('260 webhooks found').waitFor();
    await row(/Customer 9800 .*Failing/)
      .first()
      .waitFor();
  });

  it('finds one of 5,000 apps from the list of apps in two clicks', async () => {
    const opened = await measure(async () => {
      await page.goto('/apps');
      await page.getByText('5,000 apps').waitFor();
    });
    print('5,000 apps', opened);
    expect(opened.elements).toBeLessThan(1_500);
    expect(opened.bytes).toBeLessThan(200_000);
    await page.getByRole('searchbox', { name: 'Search apps' }).fill('shop 4711');
    await page.getByText('1 app', { exact: true }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('link', { name: /^Shop 4711/ }).click();
    await page.getByRole('heading', { name: 'Shop 4711' }).waitFor();
  });

  it('filters by an app that the server finds, and offers it first the next time', async () => {
    await page.goto('/deliveries');
    const filter = page.getByRole('combobox', { name: 'App' });
    await filter.click();
    await filter.fill('shop 47');
    await page.getByRole('option', { name: /Shop 4799/ }).click();
    await expect.poll(() => page.url()).toContain('app=app_4799');
    expect(await filter.inputValue()).toBe('Shop 4799');
    await page.reload();
    await filter.click();
    await page.getByRole('option', { name: /^Shop 4799 .*Recent$/ }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(stage.complaints).toEqual([]);
  });
});
