import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { EventType } from '@tocsin/shared';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findViolations } from './accessibility.ts';
import { nextFrames, observeLayoutShift, readLayoutShift, toTitle, visibleText } from './page-view.ts';
import { createSampleData, dayMs, exampleEvent, type SampleData } from './sample-data.ts';
import { createSampleAlerts } from './sample-alerts.ts';
import { signIn, startStage, type Stage } from './stage.ts';

/*
 * Every page with a day of data, in both themes. With `SCREENSHOTS=true` the tests write the pictures of
 * docs/images.
 */

const takesPictures = process.env['SCREENSHOTS'] === 'true';
const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));

const desktopSize = { width: 1280, height: 860 };
const phoneSize = { width: 390, height: 844 };

let stage: Stage;
let sample: SampleData;
let desktop: Page;

beforeAll(async () => {
  stage = await startStage({
    shiftMs: -dayMs,
    env: { RETRY_SCHEDULE: '5m,25m', LOG_LEVEL: 'silent' },
  });
  sample = await createSampleData(stage, takesPictures ? { steps: 44 } : { steps: 6, traffic: 0.25 });
  await createSampleAlerts(stage.app);
  // Recent counts are saved every five seconds.
  if (takesPictures) await sleep(6_000);
  desktop = await openForPictures();
  await desktop.addInitScript(observeLayoutShift);
  await signIn(desktop, stage.app.rootToken);
});

afterAll(async () => {
  await sample[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

interface PageCase {
  readonly name: string;
  readonly path: () => string;
  /** Text that appears once the page has loaded. */
  readonly shows: string | RegExp;
  readonly heading: string | RegExp;
  /** The pictures to take. The accessibility check always runs in both themes. */
  readonly pictures?: readonly ('light' | 'dark' | 'phone')[];
  /** Takes a picture of the whole page instead of one screen. */
  readonly isTall?: boolean;
  readonly before?: (page: Page) => Promise<void>;
  /** Whether rows that arrive push the others down. */
  readonly moves?: boolean;
}

const pageCases: readonly PageCase[] = [
  {
    name: 'overview',
    path: () => '/',
    heading: 'Overview',
    shows: 'Failing webhooks',
    pictures: ['light', 'dark', 'phone'],
  },
  { name: 'apps', path: () => '/apps', heading: 'Apps & webhooks', shows: 'app_loader', pictures: ['light'] },
  {
    name: 'app',
    path: () => `/apps/${sample.shop}`,
    heading: 'Loader',
    shows: 'Licensing backend',
    pictures: ['light', 'phone'],
  },
  {
    name: 'webhook',
    path: () => `/webhooks/${sample.failing}`,
    heading: /Billing sync/,
    shows: 'Latest deliveries',
    pictures: ['light', 'dark'],
  },
  {
    name: 'webhook-new',
    path: () => `/webhooks/new?app=${sample.shop}`,
    heading: 'New webhook',
    isTall: true,
    shows: 'user.ban',
    pictures: ['light'],
    before: async (page) => {
      await page.getByLabel('URL').fill('https://discord.com/api/webhooks/1234567890/abcdef');
      await page.getByRole('checkbox', { name: /^user\.ban/ }).check();
      await page.getByRole('checkbox', { name: /^license\.revoked/ }).check();
      await page.getByRole('region', { name: 'Preview' }).getByText('Terms violation').first().waitFor();
    },
  },
  {
    name: 'webhook-edit',
    path: () => `/webhooks/${sample.healthy}/edit`,
    heading: 'Edit webhook',
    shows: 'license.expire',
  },
  {
    name: 'deliveries',
    path: () => '/deliveries',
    heading: 'Deliveries',
    shows: 'delivered',
    pictures: ['light', 'dark', 'phone'],
  },
  {
    name: 'delivery',
    path: () => `/deliveries/${sample.failedDelivery}`,
    heading: /file\.download/,
    isTall: true,
    shows: 'POST',
    pictures: ['light', 'dark'],
  },
  { name: 'events', path: () => '/events', heading: 'Events', shows: 'user.ban', pictures: ['light'] },
  {
    name: 'event',
    path: () => `/events/${sample.mixedEvent}`,
    heading: 'user.ban',
    shows: 'Licensing',
    pictures: ['light', 'dark', 'phone'],
  },
  {
    name: 'search',
    path: () => '/search?q=mira',
    heading: 'Timeline of mira',
    shows: 'delivered',
    pictures: ['light'],
  },
  {
    name: 'publish',
    path: () => `/events/publish?app=${sample.shop}&type=user.ban`,
    heading: 'Publish test event',
    shows: 'Idempotency',
    pictures: ['light'],
  },
  {
    name: 'live',
    path: () => '/live',
    heading: /Live tail/,
    shows: 'session.create',
    moves: true,
    pictures: ['light', 'dark'],
    before: async (page) => {
      await page.getByText('Waiting for events').waitFor();
      const samples: EventType[] = [
        'license.activate',
        'user.login',
        'user.ban',
        'file.download',
        'license.expire',
      ];
      for (const event of [...samples, 'user.register', ...samples, 'session.create'] as EventType[]) {
        await stage.app.call('events.publish', exampleEvent(sample.shop, event, samples.indexOf(event) + 3));
      }
    },
  },
  {
    name: 'catalog',
    path: () => '/catalog',
    heading: 'Event catalog',
    shows: 'license.hwid_bound',
    pictures: ['light'],
  },
  {
    name: 'event-type',
    path: () => '/catalog/types/license.activate',
    heading: 'license.activate',
    shows: 'JSON Schema',
  },
  {
    name: 'event-type-new',
    path: () => '/catalog/register',
    heading: 'Register event type',
    shows: 'JSON Schema',
  },
  { name: 'keys', path: () => '/keys', heading: 'API keys', shows: 'Support desk', pictures: ['light'] },
  {
    name: 'keys-limits',
    path: () => '/keys',
    heading: 'API keys',
    shows: 'limit reached',
    isTall: true,
    before: async (page) => {
      await page.getByText('No limits').waitFor();
      const { limits } = await stage.app.call('accounts.usage', {});
      const findUsed = (name: string) => limits.find((limit) => limit.name === name)?.used ?? 0;
      await stage.app.call('accounts.setLimits', {
        accountId: 'acc_default',
        limits: {
          apps: 10,
          webhooks: Math.floor(findUsed('webhooks') / 0.8),
          keys: findUsed('keys'),
          callsPerSecond: 50,
        },
      });
      await page.reload();
      await page.getByText('near limit').waitFor();
    },
  },
  {
    name: 'alerts',
    path: () => '/alerts',
    heading: 'Alerts',
    shows: 'Disabled webhooks',
  },
  {
    name: 'alert-channels',
    path: () => '/alerts?tab=channels',
    heading: 'Alerts',
    shows: '#operations',
  },
  {
    name: 'alert-history',
    path: () => '/alerts?tab=history',
    heading: 'Alerts',
    shows: 'Test message',
  },
  {
    name: 'audit',
    path: () => '/audit',
    heading: 'Audit log',
    shows: 'API key revoked',
    pictures: ['light'],
  },
];

describe('every page', () => {
  it.each(pageCases)(
    '$name renders, has no accessibility violation in either theme and fits a phone',
    async (pageCase) => {
      const complaintsBefore = stage.complaints.length;
      await desktop.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      await desktop.goto(pageCase.path());
      await desktop.getByRole('heading', { level: 1, name: pageCase.heading }).waitFor();
      await pageCase.before?.(desktop);
      await visibleText(desktop, pageCase.shows).waitFor();
      if (pageCase.moves !== true) expect(await readLayoutShift(desktop)).toBeLessThan(0.02);
      expect(await desktop.title()).toMatch(toTitle(pageCase.heading));
      const light = await findViolations(desktop);
      if (pageCase.pictures?.includes('light') === true)
        await picture(desktop, pageCase.name, pageCase.isTall);
      await desktop.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
      await desktop.waitForFunction(() => document.documentElement.classList.contains('dark'));
      await nextFrames(desktop);
      const dark = await findViolations(desktop, 'color-contrast');
      if (pageCase.pictures?.includes('dark') === true)
        await picture(desktop, `${pageCase.name}-dark`, pageCase.isTall);
      expect({ light, dark }).toEqual({ light: [], dark: [] });

      await desktop.setViewportSize(phoneSize);
      await nextFrames(desktop);
      await visibleText(desktop, pageCase.shows).waitFor();
      const overflow = await desktop.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      await desktop.setViewportSize(desktopSize);
      expect(overflow).toBe(0);
      expect(stage.complaints.slice(complaintsBefore)).toEqual([]);
      if (takesPictures && pageCase.pictures?.includes('phone') === true) await phonePicture(pageCase);
    },
  );

  it('requires sign-in', async () => {
    const page = await stage.open();
    await page.goto('/');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await picture(page, 'sign-in');
    await page.close();
  });

  it('explains empty lists, filters without a match and missing permissions', async () => {
    const { key } = await stage.app.createKey({
      accountId: await stage.app.createAccount(),
      scopes: ['events:read', 'webhooks:read'],
    });
    const page = await stage.open();
    await signIn(page, key);
    // Without deliveries:read the first page is the list of apps.
    await page.getByText('No apps yet').waitFor();
    expect(await page.getByRole('button', { name: 'New app' }).count()).toBe(0);
    await page.goto('/events');
    await page.getByText('No events yet').waitFor();
    await page.goto('/events?type=user.ban');
    await page.getByText('No events match these filters').waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.goto('/deliveries');
    await page.getByText('This API key lacks the scope deliveries:read.').waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.goto(`/events/${sample.mixedEvent}`); // of another account, so it looks missing
    await page.getByText(`No event ${sample.mixedEvent}.`).waitFor();
    await page.goto('/nowhere');
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
    expect((await page.request.get('/nowhere')).status()).toBe(404);
    await page.close();
  });

  it('explains that the server is unreachable, and retries', async () => {
    const page = await stage.open({ storageState: await desktop.context().storageState() });
    await page.goto('/apps');
    await page.getByText('app_loader').first().waitFor();
    await page.route('**/trpc/**', (route) => route.abort());
    await page.getByRole('link', { name: 'Event catalog' }).click();
    await page.getByText('The server did not respond.').waitFor();
    await page.unroute('**/trpc/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('license.hwid_bound').waitFor();
    await page.close();
  });

  it('can be used with the keyboard alone', async () => {
    const page = await stage.open({ storageState: await desktop.context().storageState() });
    await page.goto('/apps');
    await page.getByText('app_loader').first().waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content');
    await page.keyboard.press('Enter');
    // The button, the search and the filter come before the apps, the latest of which is the first.
    for (let tabs = 0; tabs < 4; tabs++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Storefront' }).waitFor();
    // The focus does not stay at a row that is gone.
    await page.locator('main:focus').waitFor();
    await page
      .getByRole('status')
      .filter({ hasText: /^Storefront$/ })
      .waitFor({ state: 'attached' });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.locator('main:focus').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('u');
    await page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor();
    await page.close();
  });

  it('changes an alert channel without showing its URL, and returns the focus', async () => {
    await desktop.goto('/alerts?tab=channels');
    const edit = desktop.getByRole('button', { name: 'Edit #operations' });
    await edit.press('Enter');
    const dialog = desktop.getByRole('dialog', { name: 'Edit #operations' });
    expect(await dialog.getByLabel('URL').inputValue()).toBe('');
    await dialog.getByText('••••').waitFor();
    await desktop.keyboard.press('Escape');
    await desktop.locator('button:focus', { hasText: 'Edit #operations' }).waitFor();
    await edit.click();
    await dialog.getByLabel('Name').fill('#on-call');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await desktop.getByText('Alert channel saved').waitFor();
    await desktop.getByRole('cell', { name: '#on-call', exact: true }).waitFor();
    await desktop.getByText('/services/••••/••••/••••').first().waitFor();
  });
});

describe('the files of the UI', () => {
  it('are compressed; hashed files are cached forever, the page never', async () => {
    const page = await fetch(`${stage.app.url}/deliveries/dlv_x?status=failed`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self';.*frame-ancestors 'none'/);
    const html = await page.text();
    const [script = ''] = /\/assets\/react-[\w-]+\.js/.exec(html) ?? [];
    const asset = await fetch(`${stage.app.url}${script}`, { headers: { 'accept-encoding': 'br' } });
    expect(asset.headers.get('content-encoding')).toBe('br');
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    // The development build of React contains this text.
    expect(await asset.text()).not.toContain('Download the React DevTools');
  });

  it.each([
    '/assets/..%2f..%2fpackage.json',
    '/assets/',
    '/assets/missing.js',
    '/..%2fpackage.json',
    '/.built',
    '/v1/nothing',
  ])('do not include %s', async (path) => {
    const response = await fetch(`${stage.app.url}${path}`);
    expect([400, 403, 404]).toContain(response.status);
    expect(await response.text()).not.toContain('"workspaces"');
  });
});

async function openForPictures(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await stage.open(options);
  if (!takesPictures) return page;
  await page.route(/\/trpc\/(?!events\.subscribe)/, async (route) => {
    const response = await route.fetch();
    const body = sample.shownAs.reduce(
      (text, [address, shown]) => text.replaceAll(address, shown),
      await response.text(),
    );
    await route.fulfill({ response, body });
  });
  return page;
}

async function phonePicture(pageCase: PageCase): Promise<void> {
  const storageState = await desktop.context().storageState();
  const phone = await openForPictures({
    storageState,
    viewport: phoneSize,
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
  });
  await phone.goto(pageCase.path());
  await visibleText(phone, pageCase.shows).waitFor();
  await picture(phone, `${pageCase.name}-phone`);
  await phone.close();
}

async function picture(page: Page, name: string, isTall = false): Promise<void> {
  if (!takesPictures) return;
  mkdirSync(images, { recursive: true });
  const { width = 0, height = 0 } = page.viewportSize() ?? {};
  if (isTall) {
    // Playwright's full-page mode leaves sticky elements in the middle of the picture.
    const all = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.max(height, all) });
  }
  await page.waitForTimeout(300); // a canvas is redrawn one frame after a theme change
  await page.screenshot({ path: `${images}${name}.png`, animations: 'disabled' });
  if (isTall) await page.setViewportSize({ width, height });
}
