import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OldFormConverter } from '../../../../server/src/delivery/scheduling/old-form-converter.ts';
import { noLog } from './arrange.ts';

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
  expect(convertOldForm).toHaveBeenCalledTimes(3);
  expect(onConverted).toHaveBeenCalledTimes(1);
  await converter.stop();
});

it('looks again every five seconds, also after an error, until it is stopped', async () => {
  const converter = createConverter();
  converter.start();
  await vi.advanceTimersByTimeAsync(4_999);
  expect(convertOldForm).toHaveBeenCalledTimes(1);
  convertOldForm.mockRejectedValueOnce(new Error('away'));
  await vi.advanceTimersByTimeAsync(1);
  convertOldForm.mockResolvedValueOnce(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(onConverted).toHaveBeenCalledTimes(1);
  await converter.stop();
  const calls = convertOldForm.mock.calls.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(convertOldForm).toHaveBeenCalledTimes(calls);
  expect(onConverted).toHaveBeenCalledTimes(1);
});
