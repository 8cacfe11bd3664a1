import { expect, it } from 'vitest';
import { checkEncryptionKey } from '../../../../server/src/services/maintenance/check-encryption-key.ts';

/** Checks a database with webhooks of which the key decrypts some. */
async function check(readable: readonly boolean[], isHeld = false) {
  const errors: unknown[] = [];
  const log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (...given: unknown[]) => errors.push(given),
  };
  const limits: unknown[] = [];
  await checkEncryptionKey({
    store: {
      listSecrets: (after, limit) => {
        limits.push([after, limit]);
        // `as`: the check reads the URL alone
        return Promise.resolve(readable.map((is, n) => ({ id: `wh_${n}`, url: String(is) })) as never);
      },
    },
    secretBox: {
      decrypt: (sealed, place) => {
        expect(place).toMatchObject({ field: 'url' });
        if (sealed !== 'true') throw new Error('no key decrypts it');
        return 'https://example.com';
      },
    },
    isHeld,
    log,
  });
  return { errors, limits };
}

it('accepts a key that decrypts one of the first webhooks, or a database without any', async () => {
  expect(await check([])).toEqual({ errors: [], limits: [[undefined, 200]] });
  expect((await check([false, true, false])).errors).toEqual([]);
});

it('rejects a key that decrypts none, and says what to do', async () => {
  await expect(check([false, false])).rejects.toMatchObject({
    name: 'WrongEncryptionKeyError',
    message: expect.stringMatching(
      /decrypts no webhook.*ENCRYPTION_KEY_PREVIOUS.*DELIVERY_HOLD=true/,
    ) as string,
  });
});

it('only logs it while deliveries are held, so that a lost key can be replaced', async () => {
  const { errors } = await check([false], true);
  expect(errors).toMatchObject([[{}, expect.stringContaining('decrypts no webhook')]]);
});
