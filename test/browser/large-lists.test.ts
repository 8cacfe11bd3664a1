import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toSearchWords } from '../../server/src/domain/search-words.ts';
import { toAppDoc } from '../../server/src/store/mongo/documents/account.ts';
import { getCollections } from '../../server/src/store/mongo/documents/collections.ts';
import { findViolations } from './accessibility.ts';
import { countEffort } from './effort.ts';
import { exampleEvent } from './sample-data.ts';
import { signIn, startStage, type Stage } from './stage.ts';

/* Many webhooks in one app, and many apps. The time on the main thread is printed; no result depends on it. */

/** Each is many screens and several pages of the API. `full` is the scale that the UI is made for. */
const size =
  process.env['LIST_SCALE'] === 'full'
    ? { webhooks: 10_000, failing: 260, apps: 5_000, scrolled: 900 }
    : { webhooks: 1_500, failing: 130, apps: 600, scrolled: 250 };
const webhooksTotal = `${size.webhooks.toLocaleString('en')} webhooks`;
const appsTotal = `${size.apps.toLocaleString('en')} apps`;

const appId = 'app_loader';
/** The template has no number. */
const webhookNumbers = Array.from({ length: size.webhooks - 1 }, (_, n) => n);
const lastShop = `Shop ${size.apps - 2}`;

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
  const ids = webhookNumbers.map((n) => `wh_${n.toString(16).padStart(12, '0')}`);
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
    ids.slice(-size.failing).map((_id) => ({
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
    Array.from({ length: size.apps - 1 }, (_, n) =>
      toAppDoc({ id: `app_${n}`, accountId, name: `Shop ${n}`, createdAt: n }),
    ),
  );
}

/** What a page cost until now: elements, bytes of answers, time on the main thread. */
async function measure(work: () => Promise<void>) {
  const devtools = await page.context().newCDPSession(page);
  // CPU time of the thread, which other work on the machine does not lengthen.
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
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
  it('shows all webhooks of an app with the elements and bytes of one screen', async () => {
    await page.goto('/apps');
    const opened = await measure(async () => {
      await page.getByRole('link', { name: /^Loader/ }).click();
      await page.getByText(webhooksTotal, { exact: true }).waitFor();
      await row(/Customer 5 /)
        .first()
        .waitFor();
    });
    print(webhooksTotal, opened);
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
    let index = 0;
    const focused = async () => {
      await page.keyboard.press('End');
      index = await page.evaluate(() => Number(document.activeElement?.closest('tr')?.dataset['index']));
      return index;
    };
    await expect.poll(focused, { timeout: 30_000 }).toBeGreaterThan(size.scrolled);
    // The row after the next, as the first row is the template.
    await row(new RegExp(`Customer ${index + 1} `))
      .first()
      .waitFor();
    expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(1_500);
  });

  it('loads only the webhooks in view when events were published', async () => {
    const loaded = await measure(async () => {
      const isForRows = (url: string) =>
        url.includes('summaries') && decodeURIComponent(url).includes('"ids"');
      const response = page.waitForResponse((candidate) => isForRows(candidate.url()));
      // No webhook is subscribed to it, so nothing is delivered.
      await stage.app.call('events.publish', exampleEvent(appId, 'user.ban', 1));
      await (await response).finished();
    });
    print(`a notice for ${webhooksTotal}`, loaded);
    expect(loaded.bytes).toBeLessThan(75_000);
  });

  it('finds webhooks by words and by health, and counts them', async () => {
    const found = webhookNumbers.filter((n) => String(n).startsWith('99')).length;
    const health = page.getByLabel('Health');
    // The list is scrolled far down. It shows the matches from the first one.
    await health.selectOption({ label: `Failing (${size.failing})` });
    await page.getByText(`${size.failing} webhooks found`).waitFor();
    await row(new RegExp(`Customer ${size.webhooks - 1 - size.failing} `)).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('searchbox', { name: 'Search webhooks' }).fill('customer 99');
    await page.getByText(`${found} webhooks found`).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await health.selectOption({ label: `Failing (${size.failing})` });
    await page.getByText(`${size.failing} webhooks found`).waitFor();
    await row(/Customer \d+ .*Failing/)
      .first()
      .waitFor();
  });

  it('finds one of many apps from the list of apps in two clicks', async () => {
    const opened = await measure(async () => {
      await page.goto('/apps');
      await page.getByText(appsTotal).waitFor();
    });
    print(appsTotal, opened);
    expect(opened.elements).toBeLessThan(1_500);
    expect(opened.bytes).toBeLessThan(200_000);
    await page.getByRole('searchbox', { name: 'Search apps' }).fill(lastShop.toLowerCase());
    await page.getByText('1 app', { exact: true }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('link', { name: new RegExp(`^${lastShop}`) }).click();
    await page.getByRole('heading', { name: lastShop }).waitFor();
  });

  it('finds an app among many, and one of its many webhooks, from any page', async () => {
    const takes = await countEffort(page);
    await page.goto('/');
    await page.getByRole('button', { name: 'Search users' }).waitFor();
    const effort = await takes(async () => {
      await page.keyboard.press('/');
      await page.getByRole('combobox', { name: 'Search' }).fill('loader');
      await page.getByRole('option', { name: /^Loader/ }).click();
      await page.getByText(webhooksTotal, { exact: true }).waitFor();
      await page.getByRole('searchbox', { name: 'Search webhooks' }).fill('customer 1234');
      await page.getByText('1 webhook found').waitFor();
      await page.getByRole('link', { name: /^Customer 1234/ }).click();
      await page.getByRole('heading', { level: 1, name: 'Customer 1234' }).waitFor();
    });
    expect(effort).toEqual({ clicks: 2, keys: 1, fields: 2 });
  });

  it('filters by an app that the server finds, and offers it first the next time', async () => {
    await page.goto('/deliveries');
    const filter = page.getByRole('combobox', { name: 'App' });
    await filter.click();
    await filter.fill(lastShop.toLowerCase().slice(0, 'shop 00'.length));
    await page.getByRole('option', { name: new RegExp(lastShop) }).click();
    await expect.poll(() => page.url()).toContain(`app=app_${size.apps - 2}`);
    await expect.poll(() => filter.inputValue()).toBe(lastShop);
    await page.reload();
    await filter.click();
    await page.getByRole('option', { name: new RegExp(`^${lastShop} .*Recent$`) }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(stage.complaints).toEqual([]);
  });
});
