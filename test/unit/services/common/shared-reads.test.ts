import { expect, it, vi } from 'vitest';
import { SharedReads } from '../../../../server/src/services/common/shared-reads.ts';

/** A read that the test ends. */
function pendingRead() {
  let resolve: (value: string) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { read: vi.fn(() => promise), resolve, reject };
}

it('shares a read between calls, and caches its value once', async () => {
  const reads = new SharedReads<string>();
  const { read, resolve } = pendingRead();
  const cache = vi.fn();
  const calls = [reads.load('a', read, cache), reads.load('a', read, cache)];
  resolve('value');
  expect(await Promise.all(calls)).toEqual(['value', 'value']);
  expect(read).toHaveBeenCalledOnce();
  expect(cache.mock.calls).toEqual([['value']]);
});

it.each([['a'], [undefined]])('does not cache a value that a change of %s overtakes', async (changed) => {
  const reads = new SharedReads<string>();
  const [old, recent] = [pendingRead(), pendingRead()];
  const cache = vi.fn();
  const first = reads.load('a', old.read, cache);
  reads.forget(changed);
  const second = reads.load('a', recent.read, cache);
  recent.resolve('new');
  old.resolve('old');
  expect(await Promise.all([first, second])).toEqual(['old', 'new']);
  expect(cache.mock.calls).toEqual([['new']]);
});

it('reads again after an error', async () => {
  const reads = new SharedReads<string>();
  const failed = pendingRead();
  const first = reads.load('a', failed.read, vi.fn());
  failed.reject(new Error('planned'));
  await expect(first).rejects.toThrow('planned');
  const cache = vi.fn();
  expect(await reads.load('a', () => Promise.resolve('value'), cache)).toBe('value');
  expect(cache).toHaveBeenCalledOnce();
});
