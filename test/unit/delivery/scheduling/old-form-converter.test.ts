import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OldFormConverter } from '../../../../server/src/delivery/scheduling/old-form-converter.ts';
import { deferred, noLog } from './arrange.ts';

const convertOldForm = vi.fn<(limit: number) => Promise<number>>();
const onConverted = vi.fn();
const createConverter = () => new OldFormConverter({ queue: { convertOldForm }, log: noLog, onConverted });

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  convertOldForm.mockReset().mockResolvedValue(0);
});

afterEach(() => {
  vi.useRealTimers();
});

it('converts step by step until nothing is left, and then says so', async () => {
  convertOldForm.mockResolvedValueOnce(500).mockResolvedValueOnce(3);
  const converter = createConverter();
  converter.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(convertOldForm.mock.calls).toEqual([[500], [500], [500]]);
  expect(onConverted).toHaveBeenCalledTimes(1);
  expect(noLog.info.mock.calls).toEqual([
    [{ converted: 503 }, 'converted work that a process of an older release accepted'],
  ]);
  await converter.stop();
});

it('looks again every five seconds, also after an error, until it is stopped', async () => {
  const converter = createConverter();
  converter.start();
  await vi.advanceTimersByTimeAsync(4_999);
  expect(convertOldForm).toHaveBeenCalledTimes(1);
  convertOldForm.mockRejectedValueOnce(new Error('away'));
  await vi.advanceTimersByTimeAsync(1);
  expect(convertOldForm).toHaveBeenCalledTimes(2);
  expect(noLog.debug.mock.calls).toEqual([
    [{ err: new Error('away') }, 'work of an older release not converted; retrying'],
  ]);
  convertOldForm.mockResolvedValueOnce(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(onConverted).toHaveBeenCalledTimes(1);
  await converter.stop();
  const calls = convertOldForm.mock.calls.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(convertOldForm).toHaveBeenCalledTimes(calls);
  expect(onConverted).toHaveBeenCalledTimes(1);
});

it('says so also if a later step fails', async () => {
  convertOldForm.mockResolvedValueOnce(4).mockRejectedValueOnce(new Error('away'));
  const converter = createConverter();
  converter.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(onConverted).toHaveBeenCalledTimes(1);
  await converter.stop();
});

it('stops after the step under way', async () => {
  const step = deferred<number>();
  convertOldForm.mockReturnValueOnce(step.promise);
  const converter = createConverter();
  converter.start();
  const stopped = vi.fn();
  const stopping = converter.stop().then(stopped);
  await vi.advanceTimersByTimeAsync(0);
  expect(stopped).not.toHaveBeenCalled();
  step.resolve(500);
  await stopping;
  expect(convertOldForm).toHaveBeenCalledTimes(1);
  expect(onConverted).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

it('runs one search at a time', async () => {
  const step = deferred<number>();
  convertOldForm.mockReturnValueOnce(step.promise);
  const converter = createConverter();
  converter.start();
  await vi.advanceTimersByTimeAsync(12_000);
  expect(convertOldForm).toHaveBeenCalledTimes(1);
  step.resolve(0);
  await vi.advanceTimersByTimeAsync(0);
  expect(convertOldForm).toHaveBeenCalledTimes(3);
  await converter.stop();
});
