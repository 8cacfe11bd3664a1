import { expect, it } from 'vitest';
import { declaredIn } from '../../support/exposition.ts';
import { metricsText } from '../../support/metrics-text.ts';

it('names end in _total for counters, and only for them', async () => {
  const declared = [...declaredIn(await metricsText())];
  const misnamed = declared.filter(([name, kind]) => name.endsWith('_total') !== (kind === 'counter'));
  expect(misnamed).toEqual([]);
});
