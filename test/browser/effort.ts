import type { Page } from 'playwright-core';

/** What a person does on a page. A field that is filled in counts as one, however long its text is. */
export interface Effort {
  clicks: number;
  keys: number;
  fields: number;
}

const kinds = ['clicks', 'keys', 'fields'] as const satisfies readonly (keyof Effort)[];

/**
 * Counts the clicks and keys that reach the documents of a page, from its next navigation on. Returns the function that
 * does a job and tells what it took.
 */
export async function countEffort(page: Page): Promise<(job: () => Promise<void>) => Promise<Effort>> {
  const effort: Effort = { clicks: 0, keys: 0, fields: 0 };
  await page.exposeFunction('countEffort', (kind: string) => {
    const known = kinds.find((one) => one === kind);
    if (known !== undefined) effort[known]++;
  });
  await page.addInitScript(listen);
  return async (job) => {
    const before = { ...effort };
    await job();
    return {
      clicks: effort.clicks - before.clicks,
      keys: effort.keys - before.keys,
      fields: effort.fields - before.fields,
    };
  };
}

/** Runs in the page. */
function listen(): void {
  const count = (kind: keyof Effort) =>
    (globalThis as unknown as { countEffort: (kind: keyof Effort) => void }).countEffort(kind);
  let field: EventTarget | null = null;
  // A key that presses a button makes a click, too, of which `detail` is 0.
  addEventListener('click', (event) => event.isTrusted && event.detail > 0 && count('clicks'), true);
  addEventListener(
    'keydown',
    ({ key, target }) => {
      const isTyped = key.length === 1 && target instanceof HTMLInputElement;
      if (!isTyped && key !== 'Control' && key !== 'Shift') count('keys');
    },
    true,
  );
  addEventListener(
    'input',
    ({ target }) => {
      const isText =
        target instanceof HTMLTextAreaElement ||
        (target instanceof HTMLInputElement && target.type !== 'checkbox');
      if (isText && target !== field) count('fields');
      field = target;
    },
    true,
  );
}
