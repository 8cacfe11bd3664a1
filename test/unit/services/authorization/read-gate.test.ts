import { describe, expect, it, vi } from 'vitest';
import {
  ReadGate,
  gateReads,
  readGateOptions,
  type ReadGateOptions,
} from '../../../../server/src/services/authorization/read-gate.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';

const small: ReadGateOptions = {
  what: 'lists and statistics',
  owner: 'account',
  perAccount: 2,
  total: 3,
  operator: 1,
  maxWaiting: 3,
  maxWaitingTotal: 5,
  // Longer than any test.
  maxWaitMs: 60_000,
};

/** Reads that run until they are ended, in the order in which they started. */
class Reads {
  readonly started: string[] = [];
  readonly #ends: (() => void)[] = [];
  readonly gate: ReadGate;

  constructor(options: Partial<ReadGateOptions> = {}) {
    this.gate = new ReadGate({ ...small, ...options });
  }

  start(name: string, actor = keyActor(`acc_${name[0]}`)): Promise<string> {
    return this.gate.run(actor, async () => {
      this.started.push(name);
      await new Promise<void>((resolve) => this.#ends.push(resolve));
      return name;
    });
  }

  /** Ends the read that has run the longest, and lets the next one start. */
  async end(): Promise<void> {
    this.#ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the gate of expensive reads', () => {
  it('runs as many reads of an account as it has places, and the others in order', async () => {
    const reads = new Reads();
    const results = ['a1', 'a2', 'a3', 'a4'].map((name) => reads.start(name));
    expect(reads.started).toEqual(['a1', 'a2']);
    await reads.end();
    expect(reads.started).toEqual(['a1', 'a2', 'a3']);
    for (let n = 0; n < 3; n++) await reads.end();
    expect(await Promise.all(results)).toEqual(['a1', 'a2', 'a3', 'a4']);
  });

  it('gives free places to the accounts in turn', async () => {
    const reads = new Reads({ total: 2, maxWaitingTotal: 10 });
    const results = ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'c1'].map((name) => reads.start(name));
    expect(reads.started).toEqual(['a1', 'a2']);
    for (let n = 0; n < 8; n++) await reads.end();
    await Promise.all(results);
    expect(reads.started.slice(2)).toEqual(['a3', 'b1', 'c1', 'a4', 'b2', 'a5']);
  });

  it('runs no more reads of an account than it has places after some waited', async () => {
    const reads = new Reads();
    const waited = ['a1', 'a2', 'a3', 'a4'].map((name) => reads.start(name));
    await reads.end();
    await reads.end();
    expect(reads.started).toEqual(['a1', 'a2', 'a3', 'a4']);
    const late = reads.start('a5');
    expect(reads.started).not.toContain('a5');
    for (let n = 0; n < 3; n++) await reads.end();
    await Promise.all([...waited, late]);
  });

  it('runs a read of an idle account at once while another account uses all of its places', async () => {
    const reads = new Reads();
    const flood = ['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => reads.start(name));
    const other = reads.start('b1');
    expect(reads.started).toEqual(['a1', 'a2', 'b1']);
    for (let n = 0; n < 6; n++) await reads.end();
    await Promise.all([...flood, other]);
  });

  it('keeps places for the operator', async () => {
    const reads = new Reads();
    const all = ['a1', 'a2', 'b1', 'b2', 'c1'].map((name) => reads.start(name));
    const own = ['r1', 'r2'].map((name) => reads.start(name, rootActor));
    expect(reads.started).toEqual(['a1', 'a2', 'b1', 'r1']);
    for (let n = 0; n < 7; n++) await reads.end();
    await Promise.all([...all, ...own]);
  });

  it('rejects a read when too many of its account wait', async () => {
    const reads = new Reads();
    const flood = ['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => reads.start(name));
    await expect(reads.start('a6')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 1 });
    const other = reads.start('b1');
    for (let n = 0; n < 6; n++) await reads.end();
    await Promise.all([...flood, other]);
  });

  it('rejects a read when too many of all accounts wait', async () => {
    const reads = new Reads({ maxWaitingTotal: 1 });
    const running = ['a1', 'a2', 'b1', 'b2'].map((name) => reads.start(name));
    await expect(reads.start('c1')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    for (let n = 0; n < 4; n++) await reads.end();
    await Promise.all(running);
  });

  it('rejects a read that has waited too long, and gives its place to none', async () => {
    const reads = new Reads({ maxWaitMs: 1 });
    const running = ['a1', 'a2'].map((name) => reads.start(name));
    await expect(reads.start('a3')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await reads.end();
    await reads.end();
    await Promise.all(running);
    const next = ['a4', 'a5'].map((name) => reads.start(name));
    expect(reads.started).toEqual(['a1', 'a2', 'a4', 'a5']);
    await reads.end();
    await reads.end();
    await Promise.all(next);
  });

  it('frees the place of a read that fails', async () => {
    const reads = new Reads({ perAccount: 1 });
    const fails = reads.gate.run(keyActor(), () => Promise.reject(new Error('no')));
    await expect(fails).rejects.toThrow('no');
    await expect(reads.gate.run(keyActor(), () => Promise.resolve(1))).resolves.toBe(1);
  });

  it('gates the named methods of a service and no others', async () => {
    const reads = new Reads({ perAccount: 1 });
    const service = {
      list: (_actor: unknown, name: string) => Promise.resolve(name),
      get: (_actor: unknown, name: string) => Promise.resolve(name),
    };
    const gated = gateReads(reads.gate, service, ['list']);
    const running = reads.start('a1');
    let isListed = false;
    const listed = gated.list(keyActor('acc_a'), 'x').then((name) => {
      isListed = true;
      return name;
    });
    expect(await gated.get(keyActor('acc_a'), 'y')).toBe('y');
    expect(isListed).toBe(false);
    await reads.end();
    expect(await listed).toBe('x');
    await running;
  });
});

it('ends the wait of a read whose caller stops waiting, and starts the others', async () => {
  vi.useFakeTimers();
  try {
    const reads = new Reads({ perAccount: 1, maxWaitMs: 60_000 });
    const first = reads.start('a1');
    const hurried = { ...keyActor('acc_a'), deadline: performance.now() + 300 };
    const late = reads.start('a2', hurried).catch((error: unknown) => error);
    const patient = reads.start('a3');
    await vi.advanceTimersByTimeAsync(300);
    expect(await late).toMatchObject({ code: 'UNAVAILABLE' });
    vi.useRealTimers();
    await reads.end();
    await reads.end();
    expect([await first, await patient]).toEqual(['a1', 'a3']);
    expect(reads.started).toEqual(['a1', 'a3']);
  } finally {
    vi.useRealTimers();
  }
});

it('leaves database connections for publishing and sending', () => {
  const pool = 32;
  expect(readGateOptions.total + readGateOptions.operator).toBeLessThan(pool - 8);
});
