import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Migration, SchemaState } from '../../../../server/src/domain/ports/schema-store.ts';
import { migrate } from '../../../../server/src/services/maintenance/migrate.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A database of a schema version, and three migrations. `calls` has what was done to it. */
function aScene(start: Partial<SchemaState> = {}) {
  const calls: string[] = [];
  const state: Writable<SchemaState> = { version: 0, requires: 0, holder: undefined, ...start };
  const ours = { isLost: false, cannotRenew: false };
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const run = vi.fn((_signal: AbortSignal): Promise<void> => Promise.resolve());
  const toMigration = (version: number, compatibility: Migration['compatibility']): Migration => ({
    version,
    name: `step-${version}`,
    compatibility,
    run: (signal) => {
      calls.push(`run ${version}`);
      return run(signal);
    },
  });
  const done = () =>
    migrate({
      schema: {
        read: () => Promise.resolve({ ...state }),
        acquire: (holder, leaseMs) => {
          calls.push(`acquire ${holder} ${leaseMs}`);
          if (state.holder !== undefined) return Promise.resolve(false);
          state.holder = holder;
          return Promise.resolve(true);
        },
        renew: (holder, leaseMs) => {
          calls.push(`renew ${holder} ${leaseMs}`);
          return ours.cannotRenew ? Promise.reject(new Error('away')) : Promise.resolve(!ours.isLost);
        },
        requireVersion: (_holder, version) => {
          calls.push(`require ${version}`);
          return Promise.resolve(!ours.isLost);
        },
        advance: (_holder, { version }) => {
          calls.push(`advance ${version}`);
          if (ours.isLost) return Promise.resolve(false);
          state.version = version;
          return Promise.resolve(true);
        },
        release: (holder) => {
          calls.push(`release ${holder}`);
          state.holder = undefined;
          return Promise.resolve();
        },
      },
      migrations: [toMigration(1, 'additive'), toMigration(2, 'incompatible'), toMigration(3, 'additive')],
      holder: 'me',
      log,
      pollMs: 1,
    });
  return { done, calls, state, ours, log, run };
}

const step = (version: number) => [`run ${version}`, `advance ${version}`];

describe('a migration', () => {
  it('runs the missing steps in order under a lease, and stores each of them', async () => {
    const { done, calls, state } = aScene({ version: 0 });
    await done();
    expect(calls).toEqual([
      'acquire me 15000',
      ...step(1),
      'require 2',
      ...step(2),
      ...step(3),
      'release me',
    ]);
    expect(state.version).toBe(3);
  });

  it('leaves out steps that are done, and locks out no older process for a compatible one', async () => {
    const { done, calls } = aScene({ version: 2 });
    await done();
    expect(calls).toEqual(['acquire me 15000', ...step(3), 'release me']);
  });

  it('does nothing to a database that has the newest version', async () => {
    const { done, calls, log } = aScene({ version: 3, requires: 3 });
    await done();
    expect(calls).toEqual([]);
    expect(log.warn).not.toHaveBeenCalled();
  });

  it('warns about a newer database that this release still works with', async () => {
    const { done, calls, log } = aScene({ version: 5, requires: 3 });
    await done();
    expect(calls).toEqual([]);
    expect(log.warn).toHaveBeenCalledWith({ stored: 5, known: 3 }, expect.any(String));
  });

  it('rejects a database that needs a newer release, and says which', async () => {
    const { done, calls } = aScene({ version: 5, requires: 4 });
    await expect(done()).rejects.toMatchObject({
      name: 'IncompatibleSchemaError',
      message: expect.stringContaining(
        'has schema version 5 and requires a server that supports version 4; this one supports version 3',
      ) as string,
    });
    expect(calls).toEqual([]);
  });
});

describe('another process that migrates', () => {
  it('is waited for, and logged once', async () => {
    const { done, calls, state, log } = aScene({ version: 1, holder: 'other' });
    const migrated = done();
    await vi.waitFor(() => expect(calls.length).toBeGreaterThan(3));
    expect(log.info.mock.calls).toEqual([[{ holder: 'other' }, expect.any(String)]]);
    state.version = 3;
    await migrated;
    expect(new Set(calls)).toEqual(new Set(['acquire me 15000']));
  });

  it('that dies is followed by this one', async () => {
    const { done, calls, state } = aScene({ version: 1, holder: 'other' });
    const migrated = done();
    await vi.waitFor(() => expect(calls).not.toEqual([]));
    expect(calls).not.toContain('run 2');
    state.holder = undefined;
    await migrated;
    expect(state.version).toBe(3);
  });

  it('and takes the lease during a step ends that step, which is not stored', async () => {
    const { done, calls, ours, run } = aScene({ version: 2 });
    run.mockImplementation(
      (signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    );
    const migrated = done();
    await vi.advanceTimersByTimeAsync(0);
    ours.isLost = true;
    run.mockImplementation(() => {
      ours.isLost = false;
      return Promise.resolve();
    });
    await vi.advanceTimersByTimeAsync(5_000);
    await migrated;
    expect(calls).toEqual([
      'acquire me 15000',
      'run 3',
      'renew me 15000',
      'release me',
      'acquire me 15000',
      ...step(3),
      'release me',
    ]);
  });
});

describe('a step that takes long', () => {
  it('renews the lease every five seconds, also if one renewal fails', async () => {
    const { done, calls, ours, log, run, state } = aScene({ version: 2 });
    let finish = () => {};
    run.mockImplementation(() => new Promise((resolve) => (finish = resolve)));
    const migrated = done();
    ours.cannotRenew = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(log.warn).toHaveBeenCalledWith({ err: new Error('away') }, 'could not renew the migration lease');
    ours.cannotRenew = false;
    await vi.advanceTimersByTimeAsync(5_000);
    finish();
    await migrated;
    expect(calls.filter((call) => call === 'renew me 15000')).toHaveLength(2);
    expect(state.version).toBe(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('and fails ends the start, and gives the lease back', async () => {
    const { done, calls, run, state } = aScene({ version: 2 });
    run.mockRejectedValue(new Error('broken'));
    await expect(done()).rejects.toThrow('broken');
    expect(calls.at(-1)).toBe('release me');
    expect(state.version).toBe(2);
  });
});
