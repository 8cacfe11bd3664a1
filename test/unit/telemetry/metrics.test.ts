import { expect, it } from 'vitest';
import { declaredIn } from '../../support/exposition.ts';
import { metricsText } from '../../support/metrics-text.ts';

it('counter names end in _total, and no others do', async () => {
  const declared = [...declaredIn(await metricsText())];
  const misnamed = declared.filter(([name, kind]) => name.endsWith('_total') !== (kind === 'counter'));
  expect(misnamed).toEqual([]);
});
