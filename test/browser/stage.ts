import type { BrowserContextOptions, Page } from 'playwright-core';
import { inject } from 'vitest';
import type { Clock } from '../../server/src/domain/ports/runtime.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { startChromium, type Chromium } from '../support/chromium.ts';

/** A clock that is shifted into the past, so that tests can create data of yesterday. */
class ShiftedClock implements Clock {
  #shiftMs: number;

  constructor(shiftMs = 0) {
    this.#shiftMs = shiftMs;
  }

  now(): number {
    return Date.now() + this.#shiftMs;
  }

  forward(ms: number): void {
    this.#shiftMs = Math.min(0, this.#shiftMs + ms);
  }
}

export interface Stage extends AsyncDisposable {
  readonly app: TestApp;
  readonly clock: ShiftedClock;
  /** The mongod of the run, for a second server. Pass its URL to `open` as the `baseURL`. */
  readonly mongoUri: string;
  /** Opens a page in a new browser context. Its errors are added to `complaints`. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** The errors of all pages: exceptions, policy violations and requests to other hosts. */
  readonly complaints: readonly string[];
}

export interface StageOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly shiftMs?: number;
}

/** Starts a server with the built admin UI, and a Chromium. */
export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const closers: AsyncDisposable[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer[Symbol.asyncDispose]();
  };
  try {
    const clock = new ShiftedClock(options.shiftMs);
    const mongoUri = inject('mongoUri');
    const chromium = await startChromium();
    closers.push(chromium);
    const app = await startTestApp({ mongoUri, env: options.env ?? {}, clock });
    closers.push(app);
    const complaints: string[] = [];
    return {
      app,
      clock,
      mongoUri,
      complaints,
      open: (contextOptions = {}) => openPage(chromium, complaints, { baseURL: app.url, ...contextOptions }),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openPage(
  chromium: Chromium,
  complaints: string[],
  options: BrowserContextOptions & { readonly baseURL: string },
): Promise<Page> {
  const context = await chromium.newContext({
    viewport: { width: 1280, height: 860 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    // The browser logs every 4xx response, which the page handles itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(`console: ${message.text()}`);
    }
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== options.baseURL)
      complaints.push(`request to another host: ${request.url()}`);
  });
  return page;
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.goto('/');
  await page.getByLabel('API key or root token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Search users' }).waitFor();
}
