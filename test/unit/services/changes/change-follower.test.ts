import { describe, expect, it } from 'vitest';
import type { ChangeLog, ChangesRead } from '../../../../server/src/domain/ports/change-log.ts';
import type { ConfigChange } from '../../../../server/src/domain/ports/notifications.ts';
import {
  ChangeFollower,
  defaultTimes,
  type ChangeFollowerTimes,
} from '../../../../server/src/services/changes/change-follower.ts';
import { FakeClock } from '../../../support/clock.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const change = (id: string): ConfigChange => ({ collection: 'webhooks', id, appId: 'app_1' });

/** A log in memory, whose reads the test can hold up or let fail. */
function follower(times: Partial<ChangeFollowerTimes> = {}) {
  const clock = new FakeClock();
  const stored: ConfigChange[] = [];
  const heard: (ConfigChange | undefined)[] = [];
  const saved: number[] = [];
  const state = {
    reads: 0,
    checks: 0,
    unseen: 0,
    gate: Promise.resolve(),
    saveFails: false,
    processId: 'p_self',
    isRegistered: true,
  };
  const changeLog: ChangeLog = {
    read: async (after): Promise<ChangesRead> => {
      state.reads++;
      const { gate } = state;
      const seen = stored.length;
      const changes = after === undefined ? undefined : stored.slice(after, seen);
      await gate;
      return { seen, changes };
    },
    isUnseen: () => {
      state.checks++;
      return Promise.resolve(state.unseen-- > 0);
    },
  };
  const changes = new ChangeFollower({
    changeLog,
    getProcessId: () => state.processId,
    isRegistered: () => state.isRegistered,
    reportSeen: (seen) => {
      if (state.saveFails) return Promise.reject(new Error('away'));
      saved.push(seen);
      return Promise.resolve();
    },
    startStopwatch: () => {
      const startedAt = clock.now();
      return () => clock.now() - startedAt;
    },
    log: silent,
    times: { ...defaultTimes, ...times },
  });
  changes.subscribe((one) => heard.push(one));
  const holdUp = () => {
    let release: () => void = () => undefined;
    state.gate = new Promise<void>((resolve) => (release = resolve));
    return release;
  };
  const fail = () => {
    state.gate = Promise.reject(new Error('away'));
    state.gate.catch(() => undefined);
  };
  return { changes, clock, stored, heard, saved, state, holdUp, fail };
}

describe('the lease of the caches', () => {
  it('lasts a second from before the read was sent', async () => {
    const { changes, clock, holdUp } = follower();
    const release = holdUp();
    const reading = changes.refresh();
    clock.advance(400);
    release();
    await reading;
    expect(changes.refresh()).toBeUndefined();
    clock.advance(599);
    expect(changes.refresh()).toBeUndefined();
    clock.advance(1);
    expect(changes.refresh()).toBeInstanceOf(Promise);
  });

  it('is renewed by a read that applies what changed, once and in order, before it counts', async () => {
    const { changes, clock, stored, heard } = follower();
    await changes.refresh();
    stored.push(change('wh_1'), change('wh_2'));
    clock.advance(1_000);
    await changes.refresh();
    expect(heard).toEqual([undefined, change('wh_1'), change('wh_2')]);
    clock.advance(1_000);
    await changes.refresh();
    expect(heard).toHaveLength(3);
  });

  it('is shared by concurrent calls', async () => {
    const { changes, state } = follower();
    await Promise.all([changes.refresh(), changes.refresh(), changes.refresh()]);
    expect(state.reads).toBe(1);
  });

  it('is not taken from a running read that was sent too long ago', async () => {
    const { changes, clock, stored, heard, state, holdUp } = follower();
    const release = holdUp();
    const early = changes.refresh();
    clock.advance(1_000);
    stored.push(change('wh_1'));
    const late = changes.refresh();
    state.gate = Promise.resolve();
    release();
    await early;
    expect(heard).toEqual([undefined]);
    await late;
    expect(heard).toEqual([undefined, change('wh_1')]);
    expect(state.reads).toBe(2);
  });

  it('comes from a read that began after the call, however long it took', async () => {
    const { changes, clock, holdUp, state } = follower();
    await changes.refresh();
    clock.advance(1_000);
    const release = holdUp();
    const reading = changes.refresh();
    await Promise.resolve();
    clock.advance(5_000);
    release();
    await reading;
    expect(state.reads).toBe(2);
  });

  it('is not renewed by a read that failed, which only its callers are told', async () => {
    const { changes, clock, fail, stored, heard, state } = follower();
    await changes.refresh();
    clock.advance(1_000);
    stored.push(change('wh_1'));
    fail();
    await expect(changes.refresh()).rejects.toThrow('away');
    state.gate = Promise.resolve();
    const reading = changes.refresh();
    expect(reading).toBeInstanceOf(Promise);
    await reading;
    expect(heard).toEqual([undefined, change('wh_1')]);
  });

  it('is refused in time if the database does not answer, and the late answer changes nothing', async () => {
    const { changes, heard, state, holdUp } = follower({ readTimeout: 5 });
    const release = holdUp();
    await expect(changes.refresh()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    release();
    await state.gate;
    expect(heard).toEqual([]);
    await changes.refresh();
    expect(heard).toEqual([undefined]);
  });
});

describe('a process whose registration is not valid', () => {
  it('reads the log for each use, because no change waits for it', async () => {
    const { changes, stored, heard, state } = follower();
    await changes.refresh();
    state.isRegistered = false;
    for (const id of ['wh_1', 'wh_2']) {
      stored.push(change(id));
      await changes.refresh();
    }
    expect(heard).toEqual([undefined, change('wh_1'), change('wh_2')]);
  });

  it.each([
    ['when it has registered again', { processId: 'p_again' }],
    ['when the registration is valid again', { processId: 'p_self' }],
  ])('does not use a read from before %s', async (_, registration) => {
    const { changes, state } = follower();
    state.isRegistered = registration.processId === 'p_again';
    await changes.refresh();
    Object.assign(state, registration, { isRegistered: true });
    expect(changes.refresh()).toBeInstanceOf(Promise);
    await changes.refresh();
    expect(changes.refresh()).toBeUndefined();
  });
});

describe('the position in the log', () => {
  it('is saved when it moves, after the change was applied', async () => {
    const { changes, clock, stored, saved, heard } = follower();
    await changes.refresh();
    stored.push(change('wh_1'));
    let heardFirst: boolean | undefined;
    changes.subscribe(() => (heardFirst = saved.length === 1));
    for (let n = 0; n < 3; n++) {
      clock.advance(1_000);
      await changes.refresh();
    }
    expect({ saved, heardFirst, heard: heard.length }).toEqual({ saved: [0, 1], heardFirst: true, heard: 2 });
  });

  it('is saved again if that failed', async () => {
    const { changes, clock, state, saved } = follower();
    state.saveFails = true;
    await changes.refresh();
    await Promise.resolve();
    state.saveFails = false;
    clock.advance(1_000);
    await changes.refresh();
    expect(saved).toEqual([0]);
  });
});

describe('a change of this process', () => {
  it('is answered after a read and a check if no other process is behind', async () => {
    const { changes, stored, heard, state } = follower({ answerWithin: 60_000 });
    await changes.refresh();
    stored.push(change('wh_1'));
    await changes.untilSeenByAll();
    expect(heard).toEqual([undefined, change('wh_1')]);
    expect(state).toMatchObject({ reads: 2, checks: 1 });
  });

  it('is answered once the others have applied it', async () => {
    const { changes, state } = follower({ answerWithin: 60_000 });
    state.unseen = 3;
    await changes.untilSeenByAll();
    expect(state.checks).toBe(4);
  });

  it('is answered after a time, even if a process does not apply it or the database is away', async () => {
    const { changes, state, fail } = follower({ answerWithin: 20 });
    state.unseen = 1_000;
    await changes.untilSeenByAll();
    fail();
    await changes.untilSeenByAll();
    expect(state.checks).toBeGreaterThan(0);
    expect(defaultTimes.answerWithin).toBeGreaterThan(defaultTimes.lease);
  });
});
