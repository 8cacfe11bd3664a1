import type { AuditFilter } from '@tocsin/shared';
import { describe, expect, it, vi } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import type { AuditEntry } from '../../../../server/src/domain/audit.ts';
import { createAuditService } from '../../../../server/src/services/audit/audit-log.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { FakeClock } from '../../../support/clock.ts';

const page = { cursor: undefined, limit: 10 };

/** An audit log in memory. `queries` has the filters that reached it. */
function aScene({ isAway = false } = {}) {
  const entries: AuditEntry[] = [];
  const queries: unknown[] = [];
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const audit = createAuditService({
    auditLog: {
      append: (entry) => {
        if (isAway) return Promise.reject(new Error('away'));
        entries.push(entry);
        return Promise.resolve();
      },
      list: (filter) => {
        queries.push(filter);
        return Promise.resolve({ items: entries, nextCursor: 'next' });
      },
    },
    access: accessTo({ app_a: 'acc_a' }),
    // `as`: the service makes ids of entries alone.
    ids: { audit: () => 'aud_1' } as never,
    clock: new FakeClock(),
    log,
  });
  return { audit, entries, queries, log };
}

const origin = { address: '192.0.2.1', requestId: 'req_1' };
const token: Actor = {
  kind: 'token',
  issuer: 'https://issuer.test',
  subject: 'user-1',
  accountId: 'acc_a',
  scopes: new Set(),
};
const deleted = { action: 'app.deleted', appId: 'app_a', targetId: 'app_a' } as const;
const noActor = { keyId: null, keyPrefix: null, keyName: null, issuer: null, subject: null };

describe('an entry of the audit log', () => {
  it('says who did what to which object, when and from where', async () => {
    const { audit, entries } = aScene();
    const changes = [{ field: 'name', before: 'Old', after: 'New' }];
    const details = { changed: ['name'] };
    await audit.record({ ...keyActor(), origin }, { ...deleted, targetName: 'Shop', details, changes });
    expect(entries).toEqual([
      {
        id: 'aud_1',
        at: new FakeClock().now(),
        action: 'app.deleted',
        actor: {
          ...noActor,
          kind: 'key',
          keyId: 'key_0000000000000001',
          keyPrefix: 'tsk_000000',
          keyName: 'CI',
        },
        accountId: 'acc_a',
        appId: 'app_a',
        targetId: 'app_a',
        targetName: 'Shop',
        address: '192.0.2.1',
        requestId: 'req_1',
        details: { changed: ['name'] },
        changes,
      },
    ]);
  });

  it.each<[string, Actor | 'system', object]>([
    ['root', rootActor, { ...noActor, kind: 'root' }],
    ['the system', 'system', { ...noActor, kind: 'system' }],
    ['a token', token, { ...noActor, kind: 'token', issuer: 'https://issuer.test', subject: 'user-1' }],
  ])('names %s', async (_name, actor, expected) => {
    const { audit, entries } = aScene();
    await audit.record(actor, deleted);
    expect(entries).toMatchObject([{ actor: expected, address: null, requestId: null, details: {} }]);
  });

  it.each<[string, Actor | 'system', object, string | null]>([
    ['a key: its own', keyActor('acc_key'), { appId: 'app_a' }, 'acc_key'],
    ['root and an app: that of the app', rootActor, { appId: 'app_a' }, 'acc_a'],
    ['the system and an app: that of the app', 'system', { appId: 'app_a' }, 'acc_a'],
    ['root and an app that is gone', rootActor, { appId: 'app_gone' }, null],
    ['root and no app', rootActor, {}, null],
    ['root and the app null', rootActor, { appId: null }, null],
    ['an account that is named', keyActor('acc_key'), { accountId: 'acc_b', appId: 'app_a' }, 'acc_b'],
    ['no account on purpose', keyActor('acc_key'), { accountId: null }, null],
  ])('belongs to the account of %s', async (_name, actor, where, accountId) => {
    const { audit, entries } = aScene();
    await audit.record(actor, { action: 'app.deleted', targetId: 'x', ...where });
    expect(entries).toMatchObject([{ accountId }]);
  });

  it('that cannot be written fails no call, and is in the log', async () => {
    const { audit, log } = aScene({ isAway: true });
    await audit.record(keyActor(), { action: 'app.deleted', targetId: 'app_a' });
    const at = '2026-01-01T00:00:00.000Z';
    expect(log.error).toHaveBeenCalledWith(
      {
        err: new Error('away'),
        audit: { id: 'aud_1', at, action: 'app.deleted', targetId: 'app_a', appId: null },
      },
      'could not write an audit entry',
    );
  });
});

describe('the list of entries', () => {
  it.each<[string, Actor, AuditFilter, object]>([
    ['of root has those of all accounts', rootActor, { appId: 'app_a' }, { appId: 'app_a' }],
    ['of a key has those of its account', keyActor(), { action: 'app.deleted' }, { accountId: 'acc_a' }],
    [
      'of a key of one app has those of the app',
      { ...keyActor(), appId: 'app_a' } as Actor,
      {},
      { accountId: 'acc_a', appId: 'app_a' },
    ],
  ])('%s', async (_name, actor, filter, expected) => {
    const { audit, queries } = aScene();
    const { nextCursor } = await audit.list(actor, filter, page);
    const all = { accountId: undefined, appId: undefined };
    expect(queries).toEqual([{ ...all, ...filter, ...expected }]);
    expect(nextCursor).toBe('next');
  });

  it('of a key of one app is empty for another app', async () => {
    const { audit, entries, queries } = aScene();
    await audit.record(keyActor(), deleted);
    const actor: Actor = { ...keyActor(), appId: 'app_a' } as Actor;
    expect(await audit.list(actor, { appId: 'app_b' }, page)).toEqual({ items: [], nextCursor: null });
    expect(queries).toEqual([]);
    expect((await audit.list(actor, { appId: 'app_a' }, page)).items).toHaveLength(entries.length);
  });

  it('needs a key for everything', async () => {
    const { audit } = aScene();
    await expect(audit.list(keyActor('acc_a', ['events:read']), {}, page)).rejects.toMatchObject({
      code: 'SCOPE_MISSING',
    });
  });

  it('hides the address of the operator from customers alone', async () => {
    const { audit } = aScene();
    await audit.record({ ...rootActor, origin }, deleted);
    await audit.record({ ...keyActor(), origin }, deleted);
    const addresses = async (reader: Actor) =>
      (await audit.list(reader, {}, page)).items.map(({ address }) => address);
    expect(await addresses(keyActor())).toEqual([null, '192.0.2.1']);
    expect(await addresses(rootActor)).toEqual(['192.0.2.1', '192.0.2.1']);
    expect((await audit.list(rootActor, {}, page)).items[0]?.at).toBe('2026-01-01T00:00:00.000Z');
  });
});
