import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toIncidentId } from '../../server/src/domain/incident.ts';
import { getCollections } from '../../server/src/store/mongo/documents/collections.ts';
import { MongoIncidentStore } from '../../server/src/store/mongo/incidents/incident-store.ts';
import { MongoEndpointHealthStore } from '../../server/src/store/mongo/webhooks/endpoint-health-store.ts';
import { findViolations } from './accessibility.ts';
import { countEffort } from './effort.ts';
import { nextFrames, observeLayoutShift, readLayoutShift } from './page-view.ts';
import { signIn, startStage, type Stage } from './stage.ts';

/* The overview of an installation in which hundreds of webhooks fail. */

const counts = { failing: 257, paused: 3, disabled: 4 };
const publishedEvents = 1;
const enabled = counts.failing + counts.paused;

let stage: Stage;
let page: Page;

beforeAll(async () => {
  // Without a worker, so that the state is only what is stored here.
  stage = await startStage({ env: { ROLE: 'api', LOG_LEVEL: 'silent', MAX_WEBHOOKS_PER_APP: '100' } });
  await storeFailures();
  page = await stage.open({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript(() => {
    const shifts = { total: 0 };
    Object.assign(globalThis, { layoutShifts: shifts });
    new PerformanceObserver((list) => {
      // `as`: the type of the entry is not in the library of the DOM.
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) {
        shifts.total += entry.value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await signIn(page, stage.app.rootToken);
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

/** Webhooks in each state, their incidents, and events that wait for a worker. */
async function storeFailures(): Promise<void> {
  const { app } = stage;
  const accountId = await app.createAccount();
  const appId = await app.createApp({ accountId });
  const collections = getCollections(app.db);
  // One by one, the API takes longer than the test.
  const { id } = await app.call('webhooks.create', {
    appId,
    url: 'https://hooks.example/events',
    events: ['user.login'],
  });
  const first = await collections.webhooks.findOneAndDelete({ _id: id });
  if (first === null) throw new Error('the webhook was created');
  const webhooks = Array.from({ length: enabled + counts.disabled }, (_, index) => ({
    ...first,
    _id: `wh_${index.toString(16).padStart(12, '0')}`,
    description: `Customer ${index}`,
    ...(index < enabled ? {} : { enabled: false, disabledReason: 'by_user' as const }),
  }));
  await collections.webhooks.insertMany(webhooks);
  const webhookIds = webhooks.slice(0, enabled).map(({ _id }) => _id);
  const now = Date.now();
  const reason = 'http_status' as const;
  await new MongoEndpointHealthStore(collections).save(
    webhookIds.map((id, index) => ({
      webhook: { id, appId, accountId },
      health: {
        failuresInARow: index < counts.paused ? 40 : 2,
        lastSuccessAt: null,
        lastFailureAt: now,
        lastFailureReason: reason,
        failingSince: now - 3_600_000,
      },
      epoch: 0,
    })),
  );
  await new MongoIncidentStore(collections).addFailures(
    webhookIds.map((webhookId, index) => {
      // The reason with the longest label.
      const failure =
        index === 0
          ? ({ reason: 'redirect', statusCode: 301 } as const)
          : ({ reason, statusCode: 503 } as const);
      return {
        ...failure,
        id: toIncidentId(webhookId, failure.reason, failure.statusCode),
        webhookId,
        appId,
        accountId,
        attempts: 1_000 - index,
        firstAt: now - 3_600_000,
        lastAt: now,
      };
    }),
  );
  const data = { userId: 'usr_1', username: 'someone', ip: '192.0.2.1', hwid: 'HWID-1' };
  for (let n = 0; n < publishedEvents; n++) {
    await app.call('events.publish', { appId, event: 'user.login', data });
  }
}

/** Follows a link of the overview, and counts the rows of the list on all its pages. */
async function countBehind(link: RegExp): Promise<number> {
  await page.goto('/');
  await page.getByRole('link', { name: link }).click();
  let count = 0;
  for (;;) {
    const table = page.locator('table[aria-busy="false"]');
    await table.waitFor();
    count += await table.locator('tbody tr').count();
    const next = page.getByRole('navigation', { name: 'Pages' }).getByRole('button').last();
    if ((await next.count()) === 0 || (await next.isDisabled())) return count;
    const before = page.url();
    const first = await table.locator('tbody tr').first().innerText();
    await next.click();
    await page.waitForURL((url) => url.href !== before);
    await expect.poll(() => table.locator('tbody tr').first().innerText()).not.toBe(first);
  }
}

/** The figure under a label. */
async function readFigure(label: string): Promise<number> {
  const text = await page
    .getByRole('link', { name: label, exact: true })
    .locator('xpath=../following-sibling::p[1]')
    .innerText();
  return Number(text.replaceAll(',', ''));
}

it(
  'shows exact numbers, and each is the number of rows of the list behind it',
  { timeout: 120_000 },
  async () => {
    await page.goto('/');
    await page.getByText(`${enabled} webhooks need attention`).waitFor();
    const figures = {
      'Failing webhooks': counts.failing,
      'Paused webhooks': counts.paused,
      'Switched off': counts.disabled,
      'Waiting now': enabled * publishedEvents,
    };
    for (const [label, expected] of Object.entries(figures)) {
      await page.goto('/');
      await expect.poll(() => readFigure(label)).toBe(expected);
      expect([label, await countBehind(new RegExp(`^${label}$`))]).toEqual([label, expected]);
    }
    expect(await countBehind(new RegExp(`^View all ${enabled}$`))).toBe(enabled);
  },
);

it('keeps the overview in place while its font comes late and indexes are built', async () => {
  const storageState = await page.context().storageState();
  const fresh = await stage.open({ storageState, viewport: { width: 1024, height: 768 } });
  await fresh.addInitScript(observeLayoutShift);
  let show: () => void = () => undefined;
  const isShown = new Promise<void>((resolve) => {
    show = resolve;
  });
  await fresh.route(/\.woff2$/, async (route) => {
    await isShown;
    await route.continue();
  });
  await fresh.route(/system\.stats/, async (route) => {
    const response = await route.fetch();
    const builds = [{ index: 'deliveries.by_app', state: 'building', percent: 12 }];
    const body = (await response.text()).replace(/"indexes":\[.*?\]/, `"indexes":${JSON.stringify(builds)}`);
    await route.fulfill({ response, body });
  });
  await fresh.goto('/', { waitUntil: 'commit' });
  await fresh.getByText('Building indexes').waitFor();
  show();
  await fresh.waitForFunction(() => document.fonts.check('15px "Geist Variable"'));
  await nextFrames(fresh);
  expect(await readLayoutShift(fresh)).toBeLessThan(0.02);
  await fresh.unrouteAll({ behavior: 'ignoreErrors' });
  await fresh.context().close();
});

it('fits a phone, and shows the operator one account', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ['/', '/incidents']) {
    await page.goto(path);
    await page.getByText('redirects are not followed (301)').first().waitFor();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect([path, overflow]).toEqual([path, 0]);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await stage.app.call('accounts.create', { name: 'Without failures' });
  const account = page.getByRole('combobox', { name: 'Account' });
  await account.fill('without');
  await page.getByRole('option', { name: /^Without failures/ }).click();
  await page.getByText('No open incidents').waitFor();
  await page.getByText('No open incident: ').waitFor();
  await account.fill('an account');
  await page.getByRole('option', { name: /^An account/ }).click();
  await page.getByText(`${enabled} incidents open`).waitFor();
});

it('does not shift while it loads, and passes axe', async () => {
  for (const path of ['/', '/incidents', '/incidents?show=paused']) {
    await page.goto(path);
    await page.locator('table[aria-busy="false"]').waitFor();
    await page.waitForLoadState('networkidle');
    const shift = await page.evaluate(
      () => (globalThis as unknown as { layoutShifts: { total: number } }).layoutShifts.total,
    );
    expect([path, shift < 0.02 ? 'still' : shift]).toEqual([path, 'still']);
    expect(await findViolations(page)).toEqual([]);
  }
});

it('names failing endpoints and their cause with one click, and snoozes one with two more, after which the badge counts it no more', async () => {
  const takes = await countEffort(page);
  await page.goto('/');
  const badge = (open: number) => page.getByRole('link', { name: new RegExp(`^Incidents ?, ${open} open$`) });
  await badge(enabled).waitFor();
  const found = await takes(async () => {
    await badge(enabled).click();
    await page
      .getByRole('row', { name: /Customer \d+ .*503/ })
      .first()
      .waitFor();
  });
  const snoozed = await takes(async () => {
    await page.getByRole('button', { name: 'Actions of this incident' }).first().click();
    await page.getByRole('menuitem', { name: 'Snooze for a day' }).click();
    await page.getByText(/^Snoozed, ends in/).waitFor();
  });
  expect([found, snoozed]).toEqual([
    { clicks: 1, keys: 0, fields: 0 },
    { clicks: 2, keys: 0, fields: 0 },
  ]);
  await badge(enabled - 1).waitFor();
  expect(stage.complaints).toEqual([]);
});
