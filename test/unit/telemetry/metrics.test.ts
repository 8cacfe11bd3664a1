import { expect, it } from 'vitest';
import { declaredIn } from '../../support/exposition.ts';
import { metricsText } from '../../support/metrics-text.ts';

it('names end in _total where they count, and nowhere else', async () => {
  const declared = [...declaredIn(await metricsText())];
  const misnamed = declared.filter(([name, kind]) => name.endsWith('_total') !== (kind === 'counter'));
  expect(misnamed).toEqual([]);
});
