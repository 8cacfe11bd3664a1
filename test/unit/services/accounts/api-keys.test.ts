import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Actor, ApiKey } from '../../../../server/src/domain/access.ts';
import type { ApiKeyStore } from '../../../../server/src/domain/ports/access-stores.ts';
import { ApiKeyService, type ApiKeyServiceDeps } from '../../../../server/src/services/accounts/api-keys.ts';

const key: ApiKey = {
  id: 'key_0000000000000001',
  accountId: 'acc_test',
  appId: null,
  ancestorIds: [],
  name: 'k',
  scopes: ['*'],
  hash: '',
  previous: null,
  prefix: 'tsk_000000',
  createdAt: 0,
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
};

function serviceWith(findByHash: ApiKeyStore['findByHash']): ApiKeyService {
  // Authentication does not use the other dependencies.
  const parts = { keys: { findByHash }, clock: { now: () => 1 }, rootToken: 'the root token' };
  return new ApiKeyService(parts as unknown as ApiKeyServiceDeps);
}

async function authenticate(service: ApiKeyService, token: string): Promise<Actor | undefined> {
  try {
    return await service.authenticate(token);
  } catch {
    return undefined;
  }
}

/** Controls the age of cached keys. Returns the function that advances the time. */
function fakeTime(): (ms: number) => void {
  let now = performance.now();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => {
    spy.mockRestore();
    vi.useRealTimers();
  });
  return (ms) => {
    now += ms;
    vi.advanceTimersByTime(ms);
  };
}

describe('authentication', () => {
  it('looks up a key by its hash, at most once per second', async () => {
    const advance = fakeTime();
    const hashes: string[] = [];
    const service = serviceWith((hash) => {
      hashes.push(hash);
      return Promise.resolve(key);
    });
    for (let i = 0; i < 5; i++) expect(await authenticate(service, 'tsk_a')).toMatchObject({ keyId: key.id });
    advance(999);
    expect(await authenticate(service, 'tsk_a')).toMatchObject({ keyId: key.id });
    expect(hashes).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    advance(2);
    expect(await authenticate(service, 'tsk_a')).toMatchObject({ keyId: key.id });
    expect(hashes).toHaveLength(2);
  });

  it('rejects a revoked key after a second, also without a notification', async () => {
    const advance = fakeTime();
    let found: ApiKey = key;
    const service = serviceWith(() => Promise.resolve(found));
    expect(await authenticate(service, 'tsk_a')).toBeDefined();
    found = { ...key, revokedAt: 1 };
    advance(1_001);
    expect(await authenticate(service, 'tsk_a')).toBeUndefined();
  });

  it('rejects a revoked key at once after a notification', async () => {
    let found: ApiKey = key;
    const service = serviceWith(() => Promise.resolve(found));
    expect(await authenticate(service, 'tsk_a')).toBeDefined();
    found = { ...key, revokedAt: 1 };
    service.forgetAll();
    expect(await authenticate(service, 'tsk_a')).toBeUndefined();
  });

  it('accepts the root token without a look-up', async () => {
    const service = serviceWith(() => Promise.reject(new Error('unexpected look-up')));
    expect(await authenticate(service, 'the root token')).toEqual({ kind: 'root' });
    expect(await authenticate(service, 'the root token.')).toBeUndefined();
  });
});
