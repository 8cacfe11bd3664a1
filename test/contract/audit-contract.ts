import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../server/src/domain/audit.ts';
import { lowestIdAt } from '../../server/src/domain/ids.ts';
import type { AccountAuditFilter, AuditLog } from '../../server/src/domain/ports/audit-log.ts';
import { readAllIds } from '../support/pages.ts';

export interface AuditHarness extends AsyncDisposable {
  readonly auditLog: AuditLog;
}

export const anAuditEntry = (id: string, change: Partial<AuditEntry> = {}): AuditEntry => ({
  id,
  at: 1,
  action: 'app.created',
  actor: { kind: 'root', keyId: null, keyPrefix: null, keyName: null, issuer: null, subject: null },
  accountId: 'acc_a',
  appId: null,
  targetId: null,
  targetName: null,
  address: null,
  requestId: null,
  details: { changed: ['name'] },
  changes: [{ field: 'name', before: 'Old', after: 'New' }],
  ...change,
});

/** How entries of the audit log are stored and listed. */
export function auditContract(name: string, open: () => Promise<AuditHarness>): void {
  describe(`${name}: the audit log`, () => {
    it('keeps the first entry with an id as it was', async () => {
      await using h = await open();
      const entry = anAuditEntry('aud_1');
      await h.auditLog.append(entry);
      await h.auditLog.append(anAuditEntry('aud_1', { accountId: 'acc_b' }));
      const page = await h.auditLog.list({}, { cursor: undefined, limit: 5 });
      expect(page).toEqual({ items: [entry], nextCursor: null });
    });

    it('filters by target, key and time', async () => {
      await using h = await open();
      const actor = { kind: 'key', keyPrefix: 'tsk_1', keyName: 'CI', issuer: null, subject: null } as const;
      const idAt = (at: number) => `${lowestIdAt('aud_', at).slice(0, -1)}1`;
      const all = [1_000, 2_000, 3_000].map((at, n) =>
        anAuditEntry(idAt(at), { at, targetId: `wh_${n}`, actor: { ...actor, keyId: `key_${n}` } }),
      );
      for (const entry of all) await h.auditLog.append(entry);
      const ids = async (filter: AccountAuditFilter) =>
        (await readAllIds((page) => h.auditLog.list(filter, page))).toReversed();
      expect(await ids({ targetId: 'wh_1' })).toEqual([idAt(2_000)]);
      expect(await ids({ keyId: 'key_2' })).toEqual([idAt(3_000)]);
      expect(await ids({ keyId: 'key_2', targetId: 'wh_1' })).toEqual([]);
      expect(await ids({ actorKind: 'system' })).toEqual([]);
      expect(await ids({ actorKind: 'key', targetId: 'wh_1' })).toEqual([idAt(2_000)]);
      expect(await ids({ since: new Date(2_000).toISOString() })).toEqual([idAt(2_000), idAt(3_000)]);
      expect(await ids({ until: new Date(2_000).toISOString() })).toEqual([idAt(1_000)]);
    });

    it('lists each entry once over all pages, newest first, for any filters', async () => {
      await using h = await open();
      const actions = ['app.created', 'webhook.created'] as const;
      const all = Array.from({ length: 24 }, (_, n) =>
        anAuditEntry(`aud_${10 + n}`, {
          accountId: n % 2 === 0 ? 'acc_a' : 'acc_b',
          appId: n % 3 === 0 ? 'app_1' : null,
          action: actions[n % 4 === 0 ? 0 : 1] ?? 'app.created',
        }),
      );
      for (const entry of all) await h.auditLog.append(entry);
      const filters: AccountAuditFilter[] = [undefined, 'acc_b'].flatMap((accountId) =>
        [undefined, 'app_1'].flatMap((appId) =>
          [undefined, ...actions].map((action) => ({ accountId, appId, action })),
        ),
      );
      for (const filter of filters) {
        const matching = all.filter(
          (entry) =>
            entry.accountId === (filter.accountId ?? entry.accountId) &&
            entry.appId === (filter.appId ?? entry.appId) &&
            entry.action === (filter.action ?? entry.action),
        );
        const ids = await readAllIds((page) => h.auditLog.list(filter, page));
        expect([filter, ids]).toEqual([filter, matching.map(({ id }) => id).toReversed()]);
      }
    });
  });
}
