import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  beforeDeadline,
  endBy,
  mayBeStoredError,
  notStoredError,
  toPublishDeadline,
} from '../../../../server/src/services/events/publish-deadline.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const never = new Promise<never>(() => {});
const settled = async (work: Promise<unknown>) =>
  await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

it('leaves a busy process time to send a response within 10 s', () => {
  expect(toPublishDeadline(1_000)).toBe(8_500);
});

it('says whether the event may be stored, and when to publish again', () => {
  const cause = new Error('cause');
  expect(notStoredError('it is full', cause)).toMatchObject({
    code: 'UNAVAILABLE',
    message: 'the event was not stored: it is full; publish it again in 2 s',
    retryAfterSeconds: 2,
    cause,
  });
  expect(mayBeStoredError(cause)).toMatchObject({
    code: 'UNAVAILABLE',
    message:
      'the database did not confirm the event, which may be stored; publish again with the same idempotency key',
    retryAfterSeconds: 2,
    cause,
  });
});

describe('waiting until the deadline', () => {
  it('returns the result, and leaves no timer', async () => {
    expect(await endBy(Promise.resolve(7), performance.now() + 100, () => new Error('late'))).toBe(7);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('throws the error of the work, and leaves no timer', async () => {
    const failed = endBy(Promise.reject(new Error('away')), performance.now() + 100, () => new Error('late'));
    await expect(failed).rejects.toThrow('away');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('throws the given error then, and not before', async () => {
    const onEnd = vi.fn();
    const ended = settled(endBy(never, performance.now() + 100, () => new Error('late'))).then(onEnd);
    await vi.advanceTimersByTimeAsync(99);
    expect(onEnd).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await ended;
    expect(onEnd.mock.lastCall).toMatchObject([{ error: { message: 'late' } }]);
  });

  it('throws it at once if the deadline is over', async () => {
    const ended = settled(endBy(never, performance.now() - 100, () => new Error('late')));
    await vi.advanceTimersByTimeAsync(0);
    expect(await ended).toMatchObject({ error: { message: 'late' } });
  });
});

describe('work before an insert', () => {
  it('is returned as it is if there is nothing to wait for', () => {
    expect(beforeDeadline('ready', 0)).toBe('ready');
  });

  it('ends with an error that says that nothing is stored', async () => {
    const ended = settled(Promise.resolve(beforeDeadline(never, performance.now() + 50)));
    await vi.advanceTimersByTimeAsync(50);
    expect(await ended).toMatchObject({
      error: {
        message: 'the event was not stored: the database responds too slowly; publish it again in 2 s',
      },
    });
    expect(await beforeDeadline(Promise.resolve('found'), performance.now() + 50)).toBe('found');
  });
});
