import { expect, it } from 'vitest';
import { Cleanup } from '../../../server/src/app/cleanup.ts';

it('closes in the reverse order of opening, one after the other, and each once', async () => {
  const cleanup = new Cleanup();
  const calls: string[] = [];
  for (const name of ['database', 'engine', 'http']) {
    cleanup.add(async () => {
      calls.push(`${name} closes`);
      await Promise.resolve();
      calls.push(`${name} closed`);
    });
  }
  await cleanup.run();
  await cleanup.run();
  expect(calls).toEqual([
    'http closes',
    'http closed',
    'engine closes',
    'engine closed',
    'database closes',
    'database closed',
  ]);
});
