import { expect, it } from 'vitest';
import type { ApiKey } from '../../../../server/src/domain/access.ts';
import { KeyLookups, keyLookupOptions } from '../../../../server/src/services/accounts/key-lookups.ts';

const perNetwork = keyLookupOptions.perAccount + keyLookupOptions.maxWaiting;

/** Look-ups that end when the test says so. `as`: the look-ups pass the key on as it is. */
class Database {
  readonly started: string[] = [];
  readonly #ends: (() => void)[] = [];
  readonly lookups = new KeyLookups(async (hash) => {
    this.started.push(hash);
    await new Promise<void>((resolve) => this.#ends.push(resolve));
    return hash.startsWith('valid') ? ({ id: hash } as ApiKey) : undefined;
  });

  async endAll(): Promise<void> {
    for (;;) {
      const ends = this.#ends.splice(0);
      if (ends.length === 0) return;
      for (const end of ends) end();
      await new Promise(setImmediate);
    }
  }
}

it('lets random tokens of one network take two places, and of all networks eight', async () => {
  const database = new Database();
  const calls = Array.from({ length: 40 }, (_, index) =>
    database.lookups.find(`random ${index}`, `192.0.2.${index % 10}`),
  );
  await new Promise(setImmediate);
  expect(database.started).toHaveLength(keyLookupOptions.total);
  expect(new Set(database.started.map((hash) => Number(hash.split(' ')[1]) % 10)).size).toBe(8);
  await database.endAll();
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 40 }, () => undefined));
});

it('does not delay keys that were valid before, nor a new key of another network for long', async () => {
  const database = new Database();
  const first = database.lookups.find('valid 1', '192.0.2.1');
  await database.endAll();
  expect((await first)?.id).toBe('valid 1');
  const flood = Array.from({ length: perNetwork }, (_, index) =>
    database.lookups.find(`random ${index}`, '198.51.100.7'),
  );
  const known = database.lookups.find('valid 1', '198.51.100.7');
  const fresh = database.lookups.find('valid 2', '192.0.2.1');
  await new Promise(setImmediate);
  expect(database.started.slice(1)).toEqual(['random 0', 'random 1', 'valid 1', 'valid 2']);
  await expect(database.lookups.find('one more', '198.51.100.7')).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    // `as`: the matcher's type is any.
    message: expect.stringContaining(
      'too many unknown API keys at once: 2 run at a time for a network',
    ) as string,
  });
  await database.endAll();
  expect([(await known)?.id, (await fresh)?.id]).toEqual(['valid 1', 'valid 2']);
  await Promise.all(flood);
});

it('needs one place for all concurrent calls with one new key', async () => {
  const database = new Database();
  const calls = Array.from({ length: 2 * perNetwork }, () => database.lookups.find('valid 1', '192.0.2.1'));
  await new Promise(setImmediate);
  expect(database.started).toEqual(['valid 1']);
  await database.endAll();
  expect(new Set((await Promise.all(calls)).map((key) => key?.id))).toEqual(new Set(['valid 1']));
  void database.lookups.find('valid 1', '192.0.2.1');
  expect(database.started).toEqual(['valid 1', 'valid 1']);
  await database.endAll();
});
