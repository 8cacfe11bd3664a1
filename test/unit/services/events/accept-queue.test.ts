import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import {
  AcceptQueue,
  defaultAcceptLimits,
  type AcceptLimits,
} from '../../../../server/src/services/events/accept-queue.ts';
import type { WaitingEvent } from '../../../../server/src/services/events/waiting-event.ts';
import { anEvent } from '../../../support/builders.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** How long events gather at most while another insert is under way. */
const besideInsertMs = 10;

const pass = async (ms: number) => void (await vi.advanceTimersByTimeAsync(ms));

/** A queue whose inserts end when the test says so, and the answers that publishers got. */
class Scene {
  readonly inserts: {
    readonly events: readonly WaitingEvent[];
    readonly deadline: number;
    end: () => void;
  }[] = [];
  readonly answers: string[] = [];
  readonly refusals: string[] = [];
  readonly queue: AcceptQueue;
  #startedAt = performance.now();

  constructor(limits: Partial<AcceptLimits> = {}) {
    this.queue = new AcceptQueue({
      limits: { ...defaultAcceptLimits, ...limits },
      onRefused: (reason) => void this.refusals.push(reason),
      store: (events, deadline) =>
        new Promise((resolve) => {
          const end = () => {
            for (const one of events) one.finish(one.event);
            resolve();
          };
          this.inserts.push({ events, deadline, end });
        }),
    });
  }

  /** Adds an event whose publisher waits for `ms`. Its answer is `<name> stored at <ms>`, or with its error. */
  add(name: string, ms: number, change: Partial<AcceptedEvent> = {}): void {
    const at = () => Math.round(performance.now() - this.#startedAt);
    this.queue.add(anEvent(change), performance.now() + ms).then(
      () => this.answers.push(`${name} stored at ${at()}`),
      (error: unknown) => this.answers.push(`${name} ${toReason(error)} at ${at()}`),
    );
  }

  /** Occupies both inserts with an event each. The times of answers begin then. */
  async occupy(): Promise<void> {
    for (const name of ['first', 'second']) {
      this.add(name, 60_000, { accountId: 'acc_busy' });
      await pass(besideInsertMs);
    }
    this.#startedAt = performance.now();
    if (this.inserts.length !== 2) throw new Error('no two inserts run');
  }

  end(index: number): void {
    this.inserts[index]?.end();
  }
}

function toReason(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  if (text.includes('may be stored')) return 'may be stored';
  return /^the event was not stored: (.*); publish it again/.exec(text)?.[1] ?? text;
}

const quiet = { waiting: { events: 0, bytes: 0, targets: 0 }, inserts: 0 };

describe('an event', () => {
  it('is stored with the others of its turn, and counted until its insert ends', async () => {
    const scene = new Scene();
    scene.add('a', 5_000, { dataText: '"€"', targets: ['wh_1', 'wh_2'] });
    scene.add('b', 7_000, { dataText: '""', targets: ['wh_1'] });
    expect(scene.queue.load).toEqual({ waiting: { events: 2, bytes: 7, targets: 3 }, inserts: 0 });
    await pass(0);
    expect(scene.queue.load).toEqual({ ...quiet, inserts: 1 });
    // The insert may take as long as the last publisher waits.
    expect(scene.inserts.map(({ deadline }) => deadline - performance.now())).toEqual([7_000]);
    scene.end(0);
    await pass(0);
    expect(scene.answers).toEqual(['a stored at 0', 'b stored at 0']);
    expect(scene.queue.load).toEqual(quiet);
  });

  it('waits while two inserts run, and no longer', async () => {
    const scene = new Scene();
    await scene.occupy();
    scene.add('third', 60_000);
    await pass(10);
    expect(scene.inserts).toHaveLength(2);
    scene.end(1);
    await pass(besideInsertMs);
    expect(scene.inserts).toHaveLength(3);
  });

  it('gathers with others while an insert runs, and is stored when that ends', async () => {
    const scene = new Scene();
    scene.add('a', 60_000);
    await pass(0);
    scene.add('b', 60_000);
    await pass(besideInsertMs - 1);
    scene.add('c', 60_000);
    expect(scene.inserts).toHaveLength(1);
    scene.end(0);
    await pass(0);
    expect(scene.inserts.map(({ events }) => events.length)).toEqual([1, 2]);
  });

  describe('after an insert of several', () => {
    /** Two events are stored while a third waits, and the first publisher publishes again. */
    async function arrangeReturn(): Promise<Scene> {
      const scene = new Scene();
      scene.add('a', 60_000);
      scene.add('b', 60_000);
      await pass(0);
      scene.add('c', 60_000);
      scene.end(0);
      await pass(0);
      scene.add('a again', 60_000);
      expect(scene.inserts).toHaveLength(1);
      return scene;
    }

    it('gathers for a millisecond with those of the publishers that have their responses', async () => {
      const scene = await arrangeReturn();
      await pass(1);
      expect(scene.inserts.map(({ events }) => events.length)).toEqual([2, 2]);
    });

    it('gathers no longer than until all of them are back', async () => {
      const scene = await arrangeReturn();
      scene.add('b again', 60_000);
      expect(scene.inserts.map(({ events }) => events.length)).toEqual([2, 3]);
    });
  });

  it('is stored at once if no publisher is expected: after a lone event, or some time after an insert', async () => {
    const scene = new Scene();
    scene.add('a', 60_000);
    await pass(0);
    scene.end(0);
    await pass(0);
    scene.add('a again', 60_000);
    scene.add('b', 60_000);
    await pass(0);
    expect(scene.inserts).toHaveLength(2);
    scene.end(1);
    await pass(5);
    scene.add('c', 60_000);
    await pass(0);
    expect(scene.inserts).toHaveLength(3);
  });

  it('is refused if its insert would not end in time', async () => {
    const scene = new Scene();
    scene.add('late', 1_000);
    scene.add('in time', 1_001);
    await pass(0);
    expect(scene.answers).toEqual(['late the database responds too slowly at 0']);
    expect(scene.inserts).toHaveLength(1);
  });

  it('is refused if its account has used up its share', async () => {
    const scene = new Scene({ maxWaitingEvents: 2 });
    await scene.occupy();
    scene.add('a', 60_000);
    scene.add('b', 60_000);
    scene.add('c', 60_000, { accountId: 'acc_b' });
    await pass(0);
    expect(scene.answers).toEqual(['b too many events of the account wait for the database at 0']);
    expect(scene.queue.load.waiting.events).toBe(2);
  });
});

describe('a stalled database', () => {
  it('is one where both inserts take more than three seconds', async () => {
    const scene = new Scene();
    await scene.occupy();
    await pass(3_000);
    scene.add('a', 60_000);
    await pass(1);
    scene.add('b', 60_000);
    await pass(0);
    expect(scene.answers).toEqual(['b the database does not respond at 3001']);
    // An insert that starts shows that it responds.
    scene.end(0);
    await pass(besideInsertMs);
    scene.add('c', 60_000);
    await pass(0);
    expect(scene.answers.filter((answer) => answer.startsWith('c'))).toEqual([]);
  });

  it('is not one where a single insert is slow', async () => {
    const scene = new Scene();
    scene.add('a', 60_000);
    await pass(10_000);
    scene.add('b', 60_000);
    await pass(besideInsertMs - 1);
    expect(scene.inserts).toHaveLength(1);
    await pass(1);
    expect(scene.inserts).toHaveLength(2);
    expect(scene.answers).toEqual([]);
  });
});

describe('an account whose oldest event has waited for more than four seconds', () => {
  it('gets no further event in, and others do', async () => {
    const scene = new Scene({ maxBatchEvents: 1 });
    await scene.occupy();
    for (const name of ['a', 'b', 'c']) scene.add(name, 60_000);
    for (let ended = 0; ended < 2; ended++) {
      await pass(2_000);
      // Each takes its turn after two seconds, so the database responds.
      scene.end(ended);
    }
    await pass(0);
    scene.add('d', 60_000);
    await pass(1);
    scene.add('e', 60_000);
    scene.add('other', 60_000, { accountId: 'acc_b' });
    await pass(0);
    const refused = scene.answers.filter((answer) => !answer.includes('stored'));
    expect(refused).toEqual(['e the database responds too slowly at 4001']);
    expect(scene.queue.load.waiting.events).toBe(3);
  });
});

describe('a publisher has its answer by its deadline', () => {
  it('a second before it, if its event still waits, and the event is not stored', async () => {
    const scene = new Scene();
    await scene.occupy();
    scene.add('long', 3_000);
    scene.add('short', 2_000);
    await pass(999);
    expect(scene.answers).toEqual([]);
    await pass(1);
    expect(scene.answers).toEqual(['short the database responds too slowly at 1000']);
    await pass(1_000);
    expect(scene.answers.slice(1)).toEqual(['long the database responds too slowly at 2000']);
    expect(scene.queue.load).toEqual({ ...quiet, inserts: 2 });
    scene.end(0);
    await pass(0);
    expect(scene.inserts).toHaveLength(2);
  });

  it('at its own, if its event is in flight, and the event may be stored', async () => {
    const scene = new Scene();
    scene.add('long', 3_000);
    scene.add('short', 2_000);
    await pass(1_999);
    expect(scene.answers).toEqual([]);
    await pass(1);
    expect(scene.answers).toEqual(['short may be stored at 2000']);
    await pass(1_000);
    expect(scene.answers).toEqual(['short may be stored at 2000', 'long may be stored at 3000']);
    scene.end(0);
    await pass(0);
    expect(scene.answers).toHaveLength(2);
    expect(scene.queue.load).toEqual(quiet);
    await pass(10_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('however many have other deadlines, with a search at most every 50 ms', async () => {
    const scene = new Scene();
    await scene.occupy();
    for (let ms = 0; ms < 100; ms++) scene.add(`${ms}`, 1_100 + ms);
    await pass(100);
    expect(scene.answers).toHaveLength(1);
    await pass(49);
    expect(scene.answers).toHaveLength(1);
    await pass(1);
    expect(scene.answers).toHaveLength(51);
    await pass(50);
    expect(scene.answers).toHaveLength(100);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('also if a later event has an earlier one', async () => {
    const scene = new Scene();
    await scene.occupy();
    scene.add('a', 5_000);
    await pass(1_000);
    scene.add('b', 2_000);
    expect(vi.getTimerCount()).toBe(1);
    await pass(1_000);
    expect(scene.answers).toEqual(['b the database responds too slowly at 2000']);
    await pass(2_000);
    expect(scene.answers.slice(1)).toEqual(['a the database responds too slowly at 4000']);
  });
});

it('is drained once no event waits and no insert runs', async () => {
  const scene = new Scene();
  await scene.queue.drain();
  scene.add('a', 5_000);
  const drained = vi.fn();
  void scene.queue.drain().then(drained);
  await pass(0);
  expect(drained).not.toHaveBeenCalled();
  scene.end(0);
  await pass(0);
  expect(drained).toHaveBeenCalledTimes(1);
});
