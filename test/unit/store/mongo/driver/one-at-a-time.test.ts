import { describe, expect, it } from 'vitest';
import { OneAtATime } from '../../../../../server/src/store/mongo/driver/one-at-a-time.ts';

describe('work of one process', () => {
  it('runs in the order of the calls, after the work before it has ended or failed', async () => {
    const turns = new OneAtATime();
    const log: string[] = [];
    const work = async (name: string, fails = false) =>
      await turns.run(async () => {
        log.push(`${name} starts`);
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const results = await Promise.allSettled([work('a'), work('b', true), work('c')]);
    expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('does not wait forever for work that hangs', async () => {
    const turns = new OneAtATime(5);
    void turns.run(() => new Promise(() => {}));
    expect(await turns.run(() => Promise.resolve('next'))).toBe('next');
  });
});
