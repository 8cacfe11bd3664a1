import { expect, it } from 'vitest';
import { BatchLoader } from '../../../server/src/batching/batch-loader.ts';

/** Returns each key in capitals, except for `missing`. A read ends when the test releases it. */
function loader(options: { maxBatch?: number; maxConcurrent?: number } = {}) {
  const reads: { keys: readonly string[]; end: (error?: Error) => void }[] = [];
  const batchLoader = new BatchLoader<string>({
    maxBatch: 10,
    maxConcurrent: 1,
    ...options,
    load: (keys) =>
      new Promise((resolve, reject) => {
        const values = new Map(
          keys.filter((key) => key !== 'missing').map((key) => [key, key.toUpperCase()]),
        );
        reads.push({ keys, end: (error) => (error === undefined ? resolve(values) : reject(error)) });
      }),
  });
  return { batchLoader, reads, keysRead: () => reads.map(({ keys }) => keys) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('reads the keys of one turn in one batch, each once', async () => {
  const { batchLoader, reads, keysRead } = loader();
  const values = Promise.all(['a', 'b', 'a', 'missing'].map((key) => batchLoader.load(key)));
  await turn();
  expect(keysRead()).toEqual([['a', 'b', 'missing']]);
  reads[0]?.end();
  expect(await values).toEqual(['A', 'B', 'A', undefined]);
});

it('gathers the keys that arrive during a read, and joins none of them to it', async () => {
  const { batchLoader, reads, keysRead } = loader();
  const first = batchLoader.load('a');
  await turn();
  const second = batchLoader.load('a');
  await turn();
  const third = batchLoader.load('b');
  await turn();
  expect(keysRead()).toEqual([['a']]);
  reads[0]?.end();
  await first;
  await turn();
  expect(keysRead()).toEqual([['a'], ['a', 'b']]);
  reads[1]?.end();
  expect(await Promise.all([second, third])).toEqual(['A', 'B']);
});

it('runs several batches at once, each within its size', async () => {
  const { batchLoader, reads, keysRead } = loader({ maxBatch: 2, maxConcurrent: 2 });
  const values = Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => batchLoader.load(key)));
  await turn();
  expect(keysRead()).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  for (const { end } of reads) end();
  await turn();
  reads[2]?.end();
  expect(await values).toEqual(['A', 'B', 'C', 'D', 'E']);
});

it('fails the keys of a batch alone, and goes on', async () => {
  const { batchLoader, reads } = loader({ maxBatch: 1 });
  const [first, second] = [batchLoader.load('a'), batchLoader.load('b')];
  await turn();
  reads[0]?.end(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await turn();
  reads[1]?.end();
  expect(await second).toBe('B');
});
