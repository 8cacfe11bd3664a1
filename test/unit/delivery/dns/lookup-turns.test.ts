import { describe, expect, test } from 'vitest';
import { LookupTurns, type NameHistory } from '../../../../server/src/delivery/dns/lookup-turns.ts';

/** Turns whose lookups end when the test says so. */
class Scene {
  readonly #turns: LookupTurns;
  readonly #running = new Map<string, () => void>();

  constructor(maxLookups: number, maxWaiting = 100) {
    this.#turns = new LookupTurns({ maxLookups, maxWaiting });
  }

  /** Adds a lookup called `account name`. */
  add(account: string, history: NameHistory, name: string): boolean {
    return this.#turns.add(account, history, () => {
      return new Promise<void>((resolve) => this.#running.set(`${account} ${name}`, resolve));
    });
  }

  addMany(account: string, history: NameHistory, count: number): void {
    for (let i = 0; i < count; i++) this.add(account, history, `${history}${i}`);
  }

  /** Adds a lookup that is not needed any more when its turn comes. */
  addUnneeded(account: string): void {
    this.#turns.add(account, 'new', () => undefined);
  }

  running(account: string): string[] {
    return [...this.#running.keys()].filter((name) => name.startsWith(`${account} `));
  }

  async end(name: string): Promise<void> {
    this.#running.get(name)?.();
    this.#running.delete(name);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('turns of lookups', () => {
  test.each([
    ['resolved', 6],
    ['new', 4],
    ['failed', 3],
  ] as const)('one account alone gets, for names that are %s, %i of 12 places', (history, places) => {
    const scene = new Scene(12);
    scene.addMany('a', history, 20);

    expect(scene.running('a')).toHaveLength(places);
  });

  test('an account with many dead names leaves places to another account', () => {
    const scene = new Scene(12);
    scene.addMany('a', 'new', 50);
    scene.add('b', 'new', 'x');

    expect(scene.running('b')).toEqual(['b x']);
  });

  test('no name waits for names of its account that are more doubtful', () => {
    const scene = new Scene(12);
    scene.addMany('a', 'failed', 50);
    scene.add('a', 'new', 'x');
    expect(scene.running('a')).toContain('a x');
    scene.add('a', 'resolved', 'y');
    expect(scene.running('a')).toContain('a y');
  });

  test('a free place goes to the account with the fewest, resolved names first', async () => {
    const scene = new Scene(3);
    scene.addMany('a', 'resolved', 3);
    scene.addMany('b', 'resolved', 2);
    expect(scene.running('a')).toEqual(['a resolved0', 'a resolved1']);
    expect(scene.running('b')).toEqual(['b resolved0']);
    scene.add('b', 'new', 'x');
    scene.add('c', 'resolved', 'y');

    await scene.end('a resolved0');
    expect(scene.running('c')).toEqual(['c y']);
    await scene.end('a resolved1');
    expect(scene.running('a')).toEqual(['a resolved2']);
    await scene.end('b resolved0');
    expect(scene.running('b')).toEqual(['b resolved1']);
  });

  test('each lookup of an account starts in the end, in order', async () => {
    const scene = new Scene(3);
    scene.addMany('a', 'new', 4);
    const started: string[] = [];
    for (let i = 0; i < 4; i++) {
      started.push(...scene.running('a'));
      for (const name of scene.running('a')) await scene.end(name);
    }

    expect(started).toEqual(['a new0', 'a new1', 'a new2', 'a new3']);
  });

  test('a lookup that is not needed any more takes no place', () => {
    const scene = new Scene(2);
    for (let i = 0; i < 5; i++) scene.addUnneeded('a');
    scene.add('a', 'new', 'x');

    expect(scene.running('a')).toEqual(['a x']);
  });

  test('an account may have a limited number of lookups that wait', () => {
    const scene = new Scene(2, 3);
    expect([1, 2, 3, 4].map((n) => scene.add('a', 'new', `${n}`))).toEqual([true, true, true, true]);
    expect(scene.add('a', 'resolved', '5')).toBe(false);
    expect(scene.add('b', 'resolved', '1')).toBe(true);
  });
});
