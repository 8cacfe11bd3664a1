import { describe, expect, it, vi } from 'vitest';
import type { AuditService } from '../../../../server/src/services/audit/audit-log.ts';
import { createAccountService } from '../../../../server/src/services/accounts/accounts.ts';
import { createIds } from '../../../../server/src/services/common/ids.ts';
import { createIdempotentCalls } from '../../../../server/src/services/idempotency/idempotent-calls.ts';
import { MemoryAccountStore } from '../../../../server/testing/src/store/accounts/account-store.ts';
import { MemoryIdempotentCallStore } from '../../../../server/testing/src/store/calls/idempotent-call-store.ts';
import { createMemoryConfig } from '../../../../server/testing/src/store/memory-config.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { FakeClock } from '../../../support/clock.ts';
import { silent } from '../../../support/silent-log.ts';

const now = '2026-01-01T00:00:00.000Z';
const page = { limit: 10 };

/** The service over accounts in memory. `entries` has what it recorded, which an audit log can refuse. */
function aScene({ refusals = 0 } = {}) {
  const clock = new FakeClock();
  const accounts = new MemoryAccountStore(createMemoryConfig(clock));
  const ids = createIds();
  const entries: unknown[] = [];
  const record: AuditService['record'] = (_actor, entry) => {
    if (refusals-- > 0) return Promise.reject(new Error('away'));
    entries.push(entry);
    return Promise.resolve();
  };
  const calls = createIdempotentCalls({
    store: new MemoryIdempotentCallStore({ calls: new Map() }),
    secretBox: { encrypt: (text) => text, decrypt: (text) => text },
    ids,
    clock,
    log: silent,
  });
  const service = createAccountService({
    accounts,
    access: accessTo({}),
    audit: { record } as AuditService, // `as`: the service only records
    calls,
    ids,
    clock,
  });
  return { service, accounts, entries, clock };
}

describe('accounts', () => {
  it('are created by the operator, with a generated id and an entry in the audit log', async () => {
    const { service, entries } = aScene();
    const created = await service.create(rootActor, { name: 'Acme' });
    expect(created).toEqual({ id: expect.stringMatching(/^acc_/) as string, name: 'Acme', createdAt: now });
    expect(entries).toEqual([
      expect.objectContaining({
        action: 'account.created',
        accountId: created.id,
        targetId: created.id,
        targetName: 'Acme',
      }),
    ]);
    expect((await service.list(rootActor, page)).items).toEqual([created]);
  });

  it('are the business of the operator alone, whatever scopes a key has', async () => {
    const { service, accounts } = aScene();
    const refused = { code: 'SCOPE_MISSING' };
    await expect(service.create(keyActor(), { name: 'Acme' })).rejects.toMatchObject(refused);
    await expect(service.list(keyActor(), page)).rejects.toMatchObject(refused);
    expect((await accounts.list({}, { after: undefined, limit: 10 })).items).toEqual([]);
  });

  it('are created once by calls with the same idempotency key, also if the first one was interrupted', async () => {
    const { service, accounts, entries } = aScene({ refusals: 1 });
    const input = { name: 'Acme', idempotencyKey: 'first' };
    await expect(service.create(rootActor, input)).rejects.toThrow('away');
    const { items } = await accounts.list({}, { after: undefined, limit: 10 });
    expect(items).toHaveLength(1);
    const created = await service.create(rootActor, input);
    expect(created).toEqual(await service.create(rootActor, input));
    expect((await service.list(rootActor, page)).items).toEqual([created]);
    expect(entries).toHaveLength(1);
    await expect(service.create(rootActor, { ...input, name: 'Other' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    });
  });

  it('are listed by id, by the words of their name, and in pages with their total', async () => {
    const { service } = aScene();
    const acme = await service.create(rootActor, { name: 'Acme Rockets' });
    const globex = await service.create(rootActor, { name: 'Globex' });
    const initech = await service.create(rootActor, { name: 'Initech' });
    expect((await service.list(rootActor, { ...page, ids: [globex.id] })).items).toEqual([globex]);
    expect((await service.list(rootActor, { ...page, search: 'rock' })).items).toEqual([acme]);
    const first = await service.list(rootActor, { limit: 2, withTotal: true });
    expect(first).toMatchObject({ total: 3, nextCursor: expect.any(String) as string });
    const second = await service.list(rootActor, { limit: 2, cursor: first.nextCursor });
    expect([...first.items, ...second.items]).toEqual(expect.arrayContaining([acme, globex, initech]));
    expect(second).not.toHaveProperty('total');
  });
});

describe('the default account', () => {
  it('exists after the first start, and stays as it is after the next ones', async () => {
    const { service, accounts, clock } = aScene();
    await service.ensureDefault();
    clock.advance(1_000);
    const insert = vi.spyOn(accounts, 'insert');
    await service.ensureDefault();
    expect(insert).not.toHaveBeenCalled();
    expect(await accounts.get('acc_default')).toEqual({
      id: 'acc_default',
      name: 'Default',
      createdAt: Date.parse(now),
    });
  });

  it('is created once by processes that start at the same time', async () => {
    const { service, accounts } = aScene();
    await Promise.all([service.ensureDefault(), service.ensureDefault()]);
    expect((await service.list(rootActor, page)).items).toHaveLength(1);
    expect(await accounts.get('acc_default')).toBeDefined();
  });

  it('ends the start with the error of a database that does not store it', async () => {
    const { service, accounts } = aScene();
    vi.spyOn(accounts, 'insert').mockRejectedValue(new Error('read only'));
    await expect(service.ensureDefault()).rejects.toThrow('read only');
  });
});
