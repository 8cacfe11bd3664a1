import { describe, expect, it } from 'vitest';
import type { Scope } from '@tocsin/shared';
import type { Actor, App } from '../../../../server/src/domain/access.ts';
import { isTocsinError } from '../../../../server/src/domain/errors.ts';
import type { AppStore } from '../../../../server/src/domain/ports/access-stores.ts';
import { AccessControl } from '../../../../server/src/services/authorization/access-control.ts';

const keyOf = (accountId: string, scopes: readonly Scope[] = ['*']): Actor => ({
  kind: 'key',
  keyId: 'key_0000000000000001',
  keyPrefix: 'tsk_000000',
  accountId,
  scopes: new Set(scopes),
});
const root: Actor = { kind: 'root' };

/** Apps in memory, listed in pages like those of the database. Counts the reads of single apps. */
function accessTo(apps: App[]) {
  let reads = 0;
  const store: Pick<AppStore, 'get' | 'list'> = {
    get: (id) => {
      reads++;
      return Promise.resolve(apps.find((app) => app.id === id));
    },
    list: ({ accountId }, { cursor, limit }) => {
      const own = apps.filter((app) => accountId === undefined || app.accountId === accountId);
      const start = cursor === undefined ? 0 : own.findIndex((app) => app.id === cursor) + 1;
      const items = own.slice(start, start + limit);
      const isMore = start + limit < own.length;
      return Promise.resolve({ items, nextCursor: isMore ? (items.at(-1)?.id ?? null) : null });
    },
  };
  return { access: new AccessControl(store as AppStore), reads: () => reads };
}

const anApp = (id: string, accountId = 'acc_a'): App => ({ id, accountId, name: id, createdAt: 0 });

/** The code of the error that is thrown or rejected, or undefined. */
async function codeOf(act: () => unknown): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (isTocsinError(error)) return error.code;
    throw error;
  }
}

describe('an app', () => {
  it('is accessible to its own account and to the operator', async () => {
    const { access, reads } = accessTo([anApp('app_1')]);
    for (const actor of [keyOf('acc_a'), root, keyOf('acc_a')]) {
      expect(await codeOf(() => access.requireApp(actor, 'app_1', 'events:read'))).toBeUndefined();
      expect(await access.canSee(actor, 'app_1')).toBe(true);
    }
    expect(reads()).toBe(1);
  });

  it('gives another account the same error as a missing app, cached or not', async () => {
    const { access } = accessTo([anApp('app_1')]);
    const foreign = keyOf('acc_b');
    for (let round = 0; round < 2; round++) {
      expect(await codeOf(() => access.requireApp(foreign, 'app_1', 'events:read'))).toBe('FORBIDDEN');
      expect(await codeOf(() => access.requireApp(foreign, 'app_2', 'events:read'))).toBe('FORBIDDEN');
      expect(await access.canSee(foreign, 'app_1')).toBe(false);
      expect(await access.canSee(foreign, 'app_2')).toBe(false);
    }
  });

  it('is denied for a missing scope without a look-up', async () => {
    const { access, reads } = accessTo([anApp('app_1')]);
    const reader = keyOf('acc_a', ['events:read']);
    expect(await codeOf(() => access.requireApp(reader, 'app_1', 'events:publish'))).toBe('SCOPE_MISSING');
    expect(await codeOf(() => access.requireScope(keyOf('acc_a'), 'operator'))).toBe('SCOPE_MISSING');
    expect(reads()).toBe(0);
  });

  it('is denied after its deletion once it is removed from the cache, and no other app is', async () => {
    const apps = [anApp('app_1'), anApp('app_2')];
    const { access, reads } = accessTo(apps);
    const actor = keyOf('acc_a');
    for (const { id } of apps) await access.requireApp(actor, id, 'events:read');
    apps.shift();
    access.forget('app_1');
    expect(await codeOf(() => access.requireApp(actor, 'app_1', 'events:read'))).toBe('FORBIDDEN');
    expect(await access.canSee(actor, 'app_1')).toBe(false);
    const before = reads();
    await access.requireApp(actor, 'app_2', 'events:read');
    expect(reads()).toBe(before);
  });

  it('is looked up again after a notification without details', async () => {
    const apps = [anApp('app_1'), anApp('app_2')];
    const { access } = accessTo(apps);
    const actor = keyOf('acc_a');
    for (const { id } of apps) await access.requireApp(actor, id, 'events:read');
    apps.length = 0;
    access.forget(undefined);
    for (const id of ['app_1', 'app_2']) {
      expect(await codeOf(() => access.requireApp(actor, id, 'events:read'))).toBe('FORBIDDEN');
    }
  });
});

describe('the apps that a caller sees', () => {
  it('are all apps of its account, on any number of pages, and no others', async () => {
    const own = Array.from({ length: 401 }, (_, index) => anApp(`app_${index}`));
    const { access } = accessTo([anApp('app_foreign', 'acc_b'), ...own]);
    expect(await access.visibleApps(keyOf('acc_a'))).toEqual(own.map((app) => app.id));
    expect(await access.visibleApps(keyOf('acc_none'))).toEqual([]);
  });

  it('are all apps for the operator', async () => {
    expect(await accessTo([anApp('app_1')]).access.visibleApps(root)).toBeUndefined();
  });
});
