import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { declaredIn, metricOf, seriesIn } from '../../support/exposition.ts';
import { metricsText } from '../../support/metrics-text.ts';

/** Rows of the metrics table: name, kind, labels. */
async function documented(): Promise<string[]> {
  const page = await readFile(new URL('../../../docs/monitor.md', import.meta.url), 'utf8');
  return [...page.matchAll(/^\| `(tocsin_\w+)`\s*\| (\w+)\s*\| ([^|]*?)\s*\|/gm)].map(
    ([, name = '', kind = '', labels = '']) => `${name} ${kind} ${labels.replaceAll('`', '')}`,
  );
}

it('docs/monitor.md lists every metric with its kind and labels, and no other', async () => {
  const text = await metricsText();
  const kinds = declaredIn(text);
  const names = new Set(kinds.keys());
  const findLabels = (name: string) => {
    const labels = seriesIn(text)
      .filter((series) => metricOf(series.name, names) === name)
      .flatMap((series) => Object.keys(series.labels));
    return [...new Set(labels)].filter((label) => label !== 'le').join(', ');
  };
  const own = [...names].filter((name) => !/^tocsin_(process|nodejs)_/.test(name));
  const expected = own.map((name) => `${name} ${kinds.get(name)} ${findLabels(name)}`);
  expect((await documented()).sort()).toEqual(expected.sort());
});
