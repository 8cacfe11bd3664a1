import type { Locator, Page } from 'playwright-core';

/** The document title of a page: its heading, and the name of the product. */
export function toTitle(heading: string | RegExp): RegExp {
  const words = typeof heading === 'string' ? heading.replaceAll(/[.]/g, String.raw`\.`) : heading.source;
  return new RegExp(`${words}.* · Tocsin$`);
}

/** How far content moved without an input since the page was loaded, the cumulative layout shift (CLS). */
export async function readLayoutShift(page: Page): Promise<number> {
  return await page.evaluate(() => Number(document.documentElement.dataset['layoutShift'] ?? 0));
}

export function observeLayoutShift(): void {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & {
      value: number;
      hadRecentInput: boolean;
    })[]) {
      if (!entry.hadRecentInput) sum += entry.value;
    }
    document.documentElement.dataset['layoutShift'] = String(sum);
  }).observe({ type: 'layout-shift', buffered: true });
}

/** Waits until transitions have ended. */
export async function nextFrames(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(undefined)))),
  );
}

/** Finds visible text only, because filter options contain the same words. */
export function visibleText(page: Page, text: string | RegExp): Locator {
  return page.locator('main').getByText(text).filter({ visible: true }).first();
}
