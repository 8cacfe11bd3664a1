import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EventType } from '@tocsin/shared';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from './accessibility.ts';
import { eventOf, seed, type Seeded } from './seed.ts';
import { signIn, startStage, type Stage } from './stage.ts';

/*
 * Every page with a day of data, in both themes. `SCREENSHOTS=true npx vitest run --project e2e test/e2e/admin/pages.test.ts`
 * writes the pictures of docs/images.
 */

const takesPictures = process.env['SCREENSHOTS'] === 'true';
const images = fileURLToPath(new URL('../../../docs/images/', import.meta.url));

let stage: Stage;
let seeded: Seeded;
let desktop: Page;
let phone: Page;

beforeAll(async () => {
  stage = await startStage({
    shiftMs: -22 * 60 * 60_000,
    env: { RETRY_SCHEDULE: '5m,25m', LOG_LEVEL: 'silent' },
  });
  seeded = await seed(stage);
  desktop = await stage.open();
  await signIn(desktop, stage.app.rootToken);
  phone = await stage.open({
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
  });
  await signIn(phone, stage.app.rootToken);
});

afterAll(async () => {
  await seeded[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

interface Look {
  readonly name: string;
  readonly path: () => string;
  /** Text that is there when the page has all that it shows. */
  readonly shows: string | RegExp;
  readonly heading: string | RegExp;
  /** Pictures are taken in these; axe looks in both themes anyway. */
  readonly pictures?: readonly ('light' | 'dark' | 'phone')[];
  /** The whole page and not only what fits on a screen. */
  readonly isTall?: boolean;
  readonly before?: (page: Page) => Promise<void>;
}

const looks: readonly Look[] = [
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
    path: () => `/apps/${seeded.shop}`,
    heading: 'Loader',
    shows: 'Licensing backend',
    pictures: ['light', 'phone'],
  },
  {
    name: 'webhook',
    path: () => `/webhooks/${seeded.failing}`,
    heading: /billing/,
    shows: 'Latest deliveries',
    pictures: ['light', 'dark'],
  },
  {
    name: 'webhook-new',
    path: () => `/webhooks/new?app=${seeded.shop}`,
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
    path: () => `/webhooks/${seeded.healthy}/edit`,
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
    path: () => `/deliveries/${seeded.failedDelivery}`,
    heading: /user|license/,
    isTall: true,
    shows: 'POST',
    pictures: ['light', 'dark'],
  },
  { name: 'events', path: () => '/events', heading: 'Events', shows: 'user.ban', pictures: ['light'] },
  {
    name: 'event',
    path: () => `/events/${seeded.mixedEvent}`,
    heading: 'user.ban',
    shows: 'Licensing',
    pictures: ['light', 'dark', 'phone'],
  },
  {
    name: 'publish',
    path: () => `/events/publish?app=${seeded.shop}&type=user.ban`,
    heading: 'Publish a test event',
    shows: 'Idempotency',
    pictures: ['light'],
  },
  {
    name: 'live',
    path: () => '/live',
    heading: /Live tail/,
    shows: 'session.create',
    pictures: ['light', 'dark'],
    before: async (page) => {
      await page.getByText('Listening').waitFor();
      const samples: EventType[] = [
        'license.activate',
        'user.login',
        'user.ban',
        'file.download',
        'license.expire',
      ];
      for (const event of [...samples, 'user.register', ...samples, 'session.create'] as EventType[]) {
        await stage.app.call('events.publish', eventOf(seeded.shop, event, samples.indexOf(event) + 3));
      }
    },
  },
  {
    name: 'catalogue',
    path: () => '/catalogue',
    heading: 'Event catalogue',
    shows: 'license.hwid_bound',
    pictures: ['light'],
  },
  { name: 'keys', path: () => '/keys', heading: 'API keys', shows: 'Support desk', pictures: ['light'] },
  { name: 'audit', path: () => '/audit', heading: 'Audit log', shows: 'key.revoked', pictures: ['light'] },
];

describe('every page', () => {
  it.each(looks)(
    '$name is whole, has no accessibility violation in either theme, and is readable at phone width',
    async (look) => {
      const complaintsBefore = stage.complaints.length;
      await desktop.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      await desktop.goto(look.path());
      await desktop.getByRole('heading', { level: 1, name: look.heading }).waitFor();
      await look.before?.(desktop);
      await visibleText(desktop, look.shows).waitFor();
      const light = await violationsOf(desktop);
      if (look.pictures?.includes('light') === true) await picture(desktop, look.name, look.isTall);
      await desktop.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
      await desktop.waitForFunction(() => document.documentElement.classList.contains('dark'));
      const dark = await violationsOf(desktop, 'color-contrast');
      if (look.pictures?.includes('dark') === true) await picture(desktop, `${look.name}-dark`, look.isTall);
      expect({ light, dark }).toEqual({ light: [], dark: [] });

      await phone.goto(look.path());
      await phone.getByRole('heading', { level: 1, name: look.heading }).waitFor();
      await look.before?.(phone);
      await visibleText(phone, look.shows).waitFor();
      const overflow = await phone.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBe(0);
      if (look.pictures?.includes('phone') === true) await picture(phone, `${look.name}-phone`);
      expect(stage.complaints.slice(complaintsBefore)).toEqual([]);
    },
  );
});

/** Filters have the same words in their options, which are not seen. */
function visibleText(page: Page, text: string | RegExp) {
  return page.locator('main').getByText(text).filter({ visible: true }).first();
}

async function picture(page: Page, name: string, isTall = false): Promise<void> {
  if (!takesPictures) return;
  mkdirSync(images, { recursive: true });
  const { width = 0, height = 0 } = page.viewportSize() ?? {};
  if (isTall) {
    // Not playwright's own way, which leaves what sticks to the screen in the middle of the picture.
    const all = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.max(height, all) });
  }
  await page.waitForTimeout(300); // a canvas that was just made anew for a theme is drawn in the next frame
  await page.screenshot({ path: `${images}${name}.png`, animations: 'disabled' });
  if (isTall) await page.setViewportSize({ width, height });
}
