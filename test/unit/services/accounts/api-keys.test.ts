import { describe, expect, it } from 'vitest';
import type { Actor, ApiKey } from '../../../../server/src/domain/access.ts';
import type { ApiKeyStore } from '../../../../server/src/domain/ports/access-stores.ts';
import { ApiKeyService, type ApiKeyServiceDeps } from '../../../../server/src/services/accounts/api-keys.ts';

const key: ApiKey = {
  id: 'key_0000000000000001',
  accountId: 'acc_test',
  name: 'k',
  scopes: ['*'],
  hash: '',
  prefix: 'tsk_000000',
  createdAt: 0,
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
};

function serviceWith(findByHash: ApiKeyStore['findByHash']): ApiKeyService {
  // What authentication does not touch is left out.
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

describe('authentication', () => {
  it('asks the database for a key by its hash, once in a second', async () => {
    const asked: string[] = [];
    const service = serviceWith((hash) => {
      asked.push(hash);
      return Promise.resolve(key);
    });
    for (let i = 0; i < 5; i++) expect(await authenticate(service, 'tsk_a')).toMatchObject({ keyId: key.id });
    expect(asked).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  it('refuses a revoked key a second later at most, although no signal came', async () => {
    let found: ApiKey = key;
    const service = serviceWith(() => Promise.resolve(found));
    expect(await authenticate(service, 'tsk_a')).toBeDefined();
    found = { ...key, revokedAt: 1 };
    const since = performance.now();
    await expect.poll(() => authenticate(service, 'tsk_a'), { interval: 10, timeout: 5_000 }).toBeUndefined();
    expect(performance.now() - since).toBeLessThan(1_200);
  });

  it('refuses a revoked key at once when a signal came', async () => {
    let found: ApiKey = key;
    const service = serviceWith(() => Promise.resolve(found));
    expect(await authenticate(service, 'tsk_a')).toBeDefined();
    found = { ...key, revokedAt: 1 };
    service.forgetAll();
    expect(await authenticate(service, 'tsk_a')).toBeUndefined();
  });

  it('takes the root token for the operator without asking the database', async () => {
    const service = serviceWith(() => Promise.reject(new Error('was asked')));
    expect(await authenticate(service, 'the root token')).toEqual({ kind: 'root' });
    expect(await authenticate(service, 'the root token.')).toBeUndefined();
  });
});
