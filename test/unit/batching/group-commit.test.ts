import { describe, expect, it } from 'vitest';
import { GroupCommit } from '../../../server/src/batching/group-commit.ts';

/** A commit that the test ends by hand. */
function controlled() {
  const batches: { items: number[]; end: (error?: Error) => void }[] = [];
  const commit = (items: number[]) =>
    new Promise<number[]>((resolve, reject) => {
      batches.push({
        items,
        end: (error) => (error ? reject(error) : resolve(items.map((item) => item * 10))),
      });
    });
  return { batches, commit };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const options = { maxBatch: 100, maxConcurrent: 1, lingerMs: 0 };

describe('a group commit', () => {
  it('writes items added in one turn as one batch, and returns each its own result', async () => {
    const { batches, commit } = controlled();
    const group = new GroupCommit({ ...options, commit });
    const results = Promise.all([group.add(1), group.add(2), group.add(3)]);
    await nextTurn();
    expect(batches.map(({ items }) => items)).toEqual([[1, 2, 3]]);
    batches[0]?.end();
    expect(await results).toEqual([10, 20, 30]);
  });

  it('gathers items added during a commit for the next one', async () => {
    const { batches, commit } = controlled();
    const group = new GroupCommit({ ...options, commit });
    const first = group.add(1);
    await nextTurn();
    const rest = [group.add(2), group.add(3)];
    await nextTurn();
    expect(batches).toHaveLength(1);
    batches[0]?.end();
    await first;
    await nextTurn();
    await nextTurn();
    expect(batches[1]?.items).toEqual([2, 3]);
    batches[1]?.end();
    expect(await Promise.all(rest)).toEqual([20, 30]);
  });

  it('never exceeds the size of a batch and the number of concurrent commits', async () => {
    const { batches, commit } = controlled();
    const group = new GroupCommit({ commit, maxBatch: 2, maxConcurrent: 2, lingerMs: 0 });
    const all = Promise.all([1, 2, 3, 4, 5].map((item) => group.add(item)));
    await nextTurn();
    expect(batches.map(({ items }) => items)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    for (const batch of batches) batch.end();
    await nextTurn();
    await nextTurn();
    batches[2]?.end();
    expect(await all).toEqual([10, 20, 30, 40, 50]);
  });

  it('starts a full batch at once, and divides what gathered meanwhile, in order', async () => {
    const { batches, commit } = controlled();
    const group = new GroupCommit({ ...options, commit, maxBatch: 2 });
    const all = Promise.all([1, 2, 3, 4, 5, 6, 7].map((item) => group.add(item)));
    expect(batches.map(({ items }) => items)).toEqual([[1, 2]]);
    expect(group.size).toBe(5);
    for (const index of [0, 1, 2, 3]) {
      batches[index]?.end();
      await nextTurn();
      await nextTurn();
    }
    expect(batches.map(({ items }) => items)).toEqual([[1, 2], [3, 4], [5, 6], [7]]);
    expect(await all).toEqual([10, 20, 30, 40, 50, 60, 70]);
    expect(group.size).toBe(0);
  });

  it('rejects the items of a failed batch and continues with the next', async () => {
    const { batches, commit } = controlled();
    const group = new GroupCommit({ ...options, commit });
    const failing = group.add(1);
    await nextTurn();
    const fine = group.add(2);
    batches[0]?.end(new Error('no'));
    await expect(failing).rejects.toThrow('no');
    await nextTurn();
    batches[1]?.end();
    expect(await fine).toBe(20);
  });

  it('is drained once no item is pending and no commit is under way', async () => {
    const { batches, commit } = controlled();
    const group = new GroupCommit({ ...options, lingerMs: 60_000, commit });
    await group.drain();
    let isDrained = false;
    const added = group.add(1);
    const drained = group.drain().then(() => (isDrained = true));
    await nextTurn();
    expect(isDrained).toBe(false);
    batches[0]?.end();
    await added;
    await drained;
  });
});
