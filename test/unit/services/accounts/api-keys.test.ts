import { describe, expect, it, vi } from 'vitest';
import type { Actor, ApiKey } from '../../../../server/src/domain/access.ts';
import type { ApiKeyStore } from '../../../../server/src/domain/ports/access-stores.ts';
import type { CacheLease } from '../../../../server/src/domain/ports/change-log.ts';
import { ApiKeyService, type ApiKeyServiceDeps } from '../../../../server/src/services/accounts/api-keys.ts';
import { aKey } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { currentLease } from '../../../support/cache-lease.ts';

const key = aKey({ hash: '' });

function serviceWith(
  findByHash: ApiKeyStore['findByHash'],
  cacheLease: CacheLease = currentLease,
): ApiKeyService {
  // Authentication does not use the other dependencies.
  const parts = { keys: { findByHash }, clock: { now: () => 1 }, rootToken: 'the root token', cacheLease };
  return new ApiKeyService(parts as unknown as ApiKeyServiceDeps);
}

async function authenticate(service: ApiKeyService, token: string): Promise<Actor | undefined> {
  try {
    return await service.authenticate(token);
  } catch {
    return undefined;
  }
}

describe('authentication', () => {
  it('looks up a key once by its hash, until the key changes', async () => {
    const hashes: string[] = [];
    const service = serviceWith((hash) => {
      hashes.push(hash);
      return Promise.resolve(key);
    });
    for (let i = 0; i < 5; i++) expect(await authenticate(service, 'tsk_a')).toMatchObject({ keyId: key.id });
    service.forget('key_another');
    expect(await authenticate(service, 'tsk_a')).toMatchObject({ keyId: key.id });
    expect(hashes).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    service.forget(key.id);
    expect(await authenticate(service, 'tsk_a')).toMatchObject({ keyId: key.id });
    expect(hashes).toHaveLength(2);
  });

  it.each([
    ['the key itself', key.id],
    ['a key that created it', 'key_ancestor'],
    ['any key', undefined],
  ])('rejects a revoked key at once after a change of %s', async (_, changed) => {
    let found: ApiKey = { ...key, ancestorIds: ['key_ancestor'] };
    const service = serviceWith(() => Promise.resolve(found));
    expect(await authenticate(service, 'tsk_a')).toBeDefined();
    found = { ...found, revokedAt: 1 };
    service.forget(changed);
    expect(await authenticate(service, 'tsk_a')).toBeUndefined();
  });

  it('reads the change log before it uses a cached key that may be old', async () => {
    let found: ApiKey = key;
    let refreshing: Promise<void> | undefined;
    const service = serviceWith(() => Promise.resolve(found), { refresh: () => refreshing });
    expect(await authenticate(service, 'tsk_a')).toBeDefined();
    found = { ...key, revokedAt: 1 };
    refreshing = Promise.resolve().then(() => service.forget(key.id));
    expect(await authenticate(service, 'tsk_a')).toBeUndefined();
  });

  it('caches no key whose look-up a change overtook, nor joins that look-up', async () => {
    const found: ((key: ApiKey) => void)[] = [];
    const service = serviceWith(() => new Promise((resolve) => found.push(resolve)));
    const early = authenticate(service, 'tsk_a');
    await Promise.resolve();
    service.forget(key.id);
    const late = authenticate(service, 'tsk_a');
    await vi.waitFor(() => expect(found).toHaveLength(2));
    found[1]?.({ ...key, revokedAt: 1 });
    expect(await late).toBeUndefined();
    found[0]?.(key);
    expect(await early).toBeDefined();
    expect(await authenticate(service, 'tsk_a')).toBeUndefined();
  });

  it('saves the last use of a key when it is first used, and then once in five minutes', async () => {
    const saves: ReadonlyMap<string, number>[] = [];
    const clock = new FakeClock();
    const start = clock.now();
    const parts = {
      keys: {
        findByHash: () => Promise.resolve(key),
        touch: (uses: ReadonlyMap<string, number>) => Promise.resolve(void saves.push(uses)),
      },
      clock,
      rootToken: 'the root token',
      cacheLease: currentLease,
    };
    const service = new ApiKeyService(parts as unknown as ApiKeyServiceDeps);
    // Stopping saves what is due.
    for (const ms of [0, 299_999, 1]) {
      clock.advance(ms);
      await authenticate(service, 'tsk_a');
      await service.stop();
    }
    expect(saves.flatMap((uses) => [...uses])).toEqual([
      [key.id, start],
      [key.id, start + 300_000],
    ]);
  });

  it.each<[string, ApiKey | undefined, string]>([
    ['no key has', undefined, 'the API key is unknown'],
    ['was revoked', { ...key, revokedAt: 1 }, `the API key ${key.prefix}... was revoked`],
    [
      'has expired',
      { ...key, expiresAt: 1 },
      `the API key ${key.prefix}... expired on 1970-01-01T00:00:00.001Z`,
    ],
  ])('of a token that %s says so, each time', async (_, found, message) => {
    const service = serviceWith(() => Promise.resolve(found));
    for (let n = 0; n < 2; n++) {
      const call = async () => await service.authenticate('tsk_a');
      await expect(call()).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message });
    }
  });

  it('accepts the root token without a look-up', async () => {
    const service = serviceWith(() => Promise.reject(new Error('unexpected look-up')));
    expect(await authenticate(service, 'the root token')).toEqual({ kind: 'root' });
    expect(await authenticate(service, 'the root token.')).toBeUndefined();
  });
});
