import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** Runs axe on a page (WCAG 2.2 A and AA, best practices). Returns each violation with its element. */
export async function findViolations(page: Page, onlyRule?: string): Promise<string[]> {
  // Evaluated, because the content security policy blocks inline scripts.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
  const result = await page.evaluate(async (rule) => {
    const { axe: runner } = globalThis as unknown as {
      axe: { run: (context: unknown, options: unknown) => Promise<AxeResult> };
    };
    return await runner.run(document, {
      resultTypes: ['violations'],
      ...(rule !== undefined && { runOnly: { type: 'rule', values: [rule] } }),
    });
  }, onlyRule);
  return result.violations.flatMap((violation) =>
    violation.nodes.map(
      (node) => `${violation.id}: ${node.html.slice(0, 160)} (${node.failureSummary ?? violation.help})`,
    ),
  );
}
