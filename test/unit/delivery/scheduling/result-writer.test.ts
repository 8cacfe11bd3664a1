import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ResultWriter } from '../../../../server/src/delivery/scheduling/result-writer.ts';
import { partitionCount } from '../../../../server/src/domain/partition.ts';
import type { DeliveryResult, EntryClosing } from '../../../../server/src/domain/ports/delivery-queue.ts';
import { anEvent, delivered } from '../../../support/builders.ts';
import { aDelivery, deferred, noLog, noMeter } from './arrange.ts';

const writeResults = vi.fn<(results: readonly DeliveryResult[]) => Promise<ReadonlySet<string>>>();
const closeEntries = vi.fn<(closings: readonly EntryClosing[]) => Promise<void>>();
/** All partitions: the only process. */
const all = Array.from({ length: partitionCount }, (_none, partition) => partition);
let owned: readonly number[] = all;
const createWriter = () =>
  new ResultWriter({
    queue: { writeResults, closeEntries },
    getOwned: () => owned,
    meter: noMeter,
    log: noLog,
  });
const aResult = (): DeliveryResult => delivered(aDelivery(anEvent()), 1_000);

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  owned = all;
  writeResults.mockReset().mockResolvedValue(new Set());
  closeEntries.mockReset().mockResolvedValue(undefined);
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the result writer', () => {
  it('writes results together, and says which were fenced', async () => {
    const writer = createWriter();
    const [ours, fenced] = [aResult(), aResult()];
    writeResults.mockResolvedValue(new Set([fenced.delivery.deliveryId]));
    const written = Promise.all([writer.write(ours), writer.write(fenced)]);
    expect(writer.size).toBe(2);
    await vi.advanceTimersByTimeAsync(25);
    expect(await written).toEqual([true, false]);
    expect(writeResults.mock.calls).toEqual([[[ours, fenced]]]);
    expect(noMeter.countFenced.mock.calls).toEqual([[1]]);
    expect(noMeter.observeBatch.mock.calls).toEqual([['record', 2]]);
    expect(writer.size).toBe(0);
  });

  it('gathers results for 25 ms, and closings for 100 ms', async () => {
    const writer = createWriter();
    const written = writer.write(aResult());
    const closed = writer.closeEntry({ entryId: 'evt_a', partition: 1 });
    await vi.advanceTimersByTimeAsync(24);
    expect(writeResults).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(writeResults).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(74);
    expect(closeEntries).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all([written, closed]);
    expect(noMeter.countFenced).not.toHaveBeenCalled();
  });

  it('writes at most 500 results at once, in two writes, and closes entries in one', async () => {
    const writer = createWriter();
    const [reply, closing] = [deferred<Set<string>>(), deferred<void>()];
    writeResults.mockReturnValue(reply.promise);
    closeEntries.mockReturnValue(closing.promise);
    const written = Array.from({ length: 1_101 }, () => writer.write(aResult()));
    const closed = Array.from({ length: 501 }, (_, partition) =>
      writer.closeEntry({ entryId: 'e', partition }),
    );
    await vi.advanceTimersByTimeAsync(110);
    expect(writeResults.mock.calls.map(([results]) => results.length)).toEqual([256, 256]);
    expect(closeEntries.mock.calls.map(([closings]) => closings.length)).toEqual([500]);
    expect(writer.size).toBe(1_101 - 2 * 256);
    reply.resolve(new Set());
    closing.resolve();
    await vi.advanceTimersByTimeAsync(110);
    await Promise.all([...written, ...closed]);
    expect(writeResults.mock.calls.map(([results]) => results.length)).toEqual([256, 256, 500, 89]);
    expect(closeEntries.mock.lastCall?.[0]).toHaveLength(1);
  });

  it('logs each failure, and waits longer after each, up to some seconds', async () => {
    const writer = createWriter();
    writeResults.mockRejectedValue(new Error('away'));
    closeEntries.mockRejectedValueOnce(new Error('gone'));
    void writer.write(aResult()).catch(() => undefined);
    void writer.closeEntry({ entryId: 'evt_a', partition: 1 });
    await vi.advanceTimersByTimeAsync(25);
    expect(noLog.warn.mock.calls).toEqual([
      [{ err: new Error('away'), attemptNumber: 1 }, 'could not write results; retrying'],
    ]);
    await vi.advanceTimersByTimeAsync(75);
    expect(noLog.warn).toHaveBeenCalledWith(
      { err: new Error('gone'), attemptNumber: 1 },
      'could not close outbox entries; retrying',
    );
    await vi.advanceTimersByTimeAsync(60);
    expect(writeResults.mock.calls.length).toBeGreaterThan(1);
    await vi.advanceTimersByTimeAsync(10_000);
    const calls = writeResults.mock.calls.length;
    await vi.advanceTimersByTimeAsync(20_000);
    // With jitter, between one and two seconds each.
    expect(writeResults.mock.calls.length - calls).toBeGreaterThanOrEqual(9);
    expect(writeResults.mock.calls.length - calls).toBeLessThanOrEqual(21);
    await Promise.all([writer.drain(0), vi.advanceTimersByTimeAsync(2_000)]);
  });

  it('gathers for longer the fewer partitions its process owns', async () => {
    const writer = createWriter();
    owned = all.slice(0, partitionCount / 4);
    const written = writer.write(aResult());
    await vi.advanceTimersByTimeAsync(39);
    expect(writeResults).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await written).toBe(true);
  });

  it('writes at once when many results have gathered', async () => {
    const writer = createWriter();
    const written = Array.from({ length: 256 }, () => writer.write(aResult()));
    await Promise.all(written);
    expect(writeResults.mock.calls.map(([results]) => results.length)).toEqual([256]);
  });

  it('retries with jitter, so that processes do not retry in step', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.9);
    const writer = createWriter();
    writeResults.mockRejectedValueOnce(new Error('away'));
    const written = writer.write(aResult());
    await vi.advanceTimersByTimeAsync(25 + 90);
    expect(writeResults).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(10);
    random.mockRestore();
    expect(writeResults).toHaveBeenCalledTimes(2);
    await written;
  });

  it('retries results for as long as the database is away', async () => {
    const writer = createWriter();
    for (let failure = 0; failure < 200; failure++) writeResults.mockRejectedValueOnce(new Error('away'));
    const result = aResult();
    const written = writer.write(result);
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    expect(await written).toBe(true);
    expect(writeResults).toHaveBeenCalledTimes(201);
    expect(writeResults.mock.lastCall).toEqual([[result]]);
  });

  it('closes entries together, and retries for as long as the database is away', async () => {
    const writer = createWriter();
    for (let failure = 0; failure < 50; failure++) closeEntries.mockRejectedValueOnce(new Error('away'));
    const [first, second] = [
      { entryId: 'evt_a', partition: 1 },
      { entryId: 'evt_b', partition: 2 },
    ];
    const closed = Promise.all([writer.closeEntry(first), writer.closeEntry(second)]);
    await vi.advanceTimersByTimeAsync(60_000);
    await closed;
    expect(closeEntries.mock.lastCall).toEqual([[first, second]]);
  });

  it('writes what it has when it is drained, without waiting for more', async () => {
    const writer = createWriter();
    const written = [writer.write(aResult()), writer.closeEntry({ entryId: 'evt_a', partition: 1 })];
    const drained = writer.drain(5_000);
    await vi.advanceTimersByTimeAsync(1);
    await drained;
    expect(await Promise.all(written)).toEqual([true, undefined]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects what it could not write in time when it is drained', async () => {
    const writer = createWriter();
    writeResults.mockRejectedValue(new Error('away'));
    const written = writer.write(aResult());
    const rejected = vi.fn();
    written.catch(rejected);
    const drained = writer.drain(5_000);
    await vi.advanceTimersByTimeAsync(6_000);
    await drained;
    expect(rejected.mock.lastCall).toMatchObject([{ message: 'shutting down' }]);
  });
});
