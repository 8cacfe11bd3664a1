import { describe, expect, it } from 'vitest';
import type { Scope } from '@tocsin/shared';
import type { Actor, App } from '../../../../server/src/domain/access.ts';
import { isTocsinError } from '../../../../server/src/domain/errors.ts';
import { AccessControl } from '../../../../server/src/services/authorization/access-control.ts';
import { currentLease } from '../../../support/cache-lease.ts';

const keyOf = (accountId: string, scopes: readonly Scope[] = ['*']): Actor => ({
  kind: 'key',
  keyId: 'key_0000000000000001',
  keyPrefix: 'tsk_000000',
  keyName: 'CI',
  accountId,
  scopes: new Set(scopes),
});
const root: Actor = { kind: 'root' };

/** Apps in memory. Records the ids of each read. */
function accessTo(apps: App[], erasing: readonly App[] = []) {
  const reads: string[][] = [];
  const access = new AccessControl({
    apps: {
      getMany: (ids) => {
        reads.push([...ids]);
        return Promise.resolve(apps.filter((app) => ids.includes(app.id)));
      },
      listAfter: (id) => {
        const page = apps.filter((app) => id === undefined || app.id > id);
        return new Promise((resolve) => setImmediate(() => resolve(page)));
      },
    },
    deletions: {
      findErasing: (account) => {
        const found = erasing.filter(({ accountId }) => account === undefined || account === accountId);
        return Promise.resolve(found.map(({ id }) => id));
      },
    },
    cacheLease: currentLease,
  });
  return { access, reads };
}

const anApp = (id: string, accountId = 'acc_a'): App => ({ id, accountId, name: id, createdAt: 0 });

const anObject = (appId: string, accountId = 'acc_a') => ({ appId, accountId });

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
  it('is accessible to its own account and to the operator, and resolves to its account', async () => {
    const { access } = accessTo([anApp('app_1')]);
    for (const actor of [keyOf('acc_a'), root]) {
      for (const scope of ['events:read', 'events:publish'] as const) {
        expect(await access.requireApp(actor, 'app_1', scope)).toBe('acc_a');
      }
      expect(await access.canSee(actor, anObject('app_1'))).toBe(true);
      expect(await access.canReceive(actor, 'app_1')).toBe(true);
    }
  });

  it('gives another account the same error as a missing app, cached or not', async () => {
    const { access } = accessTo([anApp('app_1')]);
    const foreign = keyOf('acc_b');
    const messageOf = async (id: string, scope: Scope) => {
      try {
        return await access.requireApp(foreign, id, scope);
      } catch (error) {
        return [isTocsinError(error) && error.code, String(error).replaceAll(id, 'ID')];
      }
    };
    for (let round = 0; round < 2; round++) {
      for (const scope of ['events:read', 'events:publish'] as const) {
        const message = await messageOf('app_1', scope);
        expect(message).toEqual(['FORBIDDEN', expect.any(String) as string]);
        expect(await messageOf('app_2', scope)).toEqual(message);
      }
      expect(await access.canSee(foreign, anObject('app_1'))).toBe(false);
      expect(await access.canSee(foreign, anObject('app_2'))).toBe(false);
      expect(await access.canReceive(foreign, 'app_1')).toBe(false);
    }
  });

  it('shows a caller no object that another account stored under the same id', async () => {
    const { access } = accessTo([anApp('app_1')]);
    expect(await access.canSee(keyOf('acc_a'), anObject('app_1', 'acc_b'))).toBe(false);
    expect(await access.canSee(root, anObject('app_1', 'acc_b'))).toBe(true);
  });

  it('is denied for a missing scope without a look-up', async () => {
    const { access, reads } = accessTo([anApp('app_1')]);
    const reader = keyOf('acc_a', ['events:read']);
    expect(await codeOf(() => access.requireApp(reader, 'app_1', 'events:publish'))).toBe('SCOPE_MISSING');
    expect(await codeOf(() => access.requireScope(keyOf('acc_a'), 'operator'))).toBe('SCOPE_MISSING');
    expect(() => access.requireScope(keyOf('acc_a'), 'operator')).toThrow('this call needs the root token');
    expect(() => access.requireScope(reader, 'keys:write')).toThrow(
      'this API key lacks the scope keys:write',
    );
    expect(reads).toEqual([]);
  });

  it('is denied at once to reads after its deletion, though it is cached for publishing', async () => {
    const apps = [anApp('app_1')];
    const { access } = accessTo(apps);
    const actor = keyOf('acc_a');
    await access.requireApp(actor, 'app_1', 'events:publish');
    apps.length = 0;
    expect(await codeOf(() => access.requireApp(actor, 'app_1', 'events:read'))).toBe('FORBIDDEN');
    expect(await access.canSee(root, anObject('app_1'))).toBe(false);
    // The read has removed it from the cache.
    expect(await codeOf(() => access.requireApp(actor, 'app_1', 'events:publish'))).toBe('FORBIDDEN');
  });
});

describe('a key bound to an app', () => {
  const bound: Actor = { ...keyOf('acc_a'), kind: 'key', appId: 'app_1' } as Actor;

  it('has access to this app only, also within its account', async () => {
    const { access } = accessTo([anApp('app_1'), anApp('app_2')]);
    expect(await access.requireApp(bound, 'app_1', 'events:publish')).toBe('acc_a');
    expect(await codeOf(() => access.requireApp(bound, 'app_2', 'events:publish'))).toBe('FORBIDDEN');
    expect(await access.canSee(bound, anObject('app_1'))).toBe(true);
    expect(await access.canSee(bound, anObject('app_2'))).toBe(false);
    expect(await access.canReceive(bound, 'app_2')).toBe(false);
  });

  it('sees its app in lists, and no other on request', async () => {
    const { access } = accessTo([anApp('app_1'), anApp('app_2')]);
    const own = { appId: 'app_1', excludedAppIds: [] };
    expect(await access.narrow(bound, undefined, 'events:read')).toEqual(own);
    expect(await access.narrow(bound, 'app_1', 'events:read')).toEqual(own);
    expect(await codeOf(() => access.narrow(bound, 'app_2', 'events:read'))).toBe('FORBIDDEN');
  });
});

describe('a look-up', () => {
  const publish = async (access: AccessControl, ...ids: string[]) =>
    await Promise.all(ids.map((id) => codeOf(() => access.requireApp(keyOf('acc_a'), id, 'events:publish'))));

  it('is one query for all apps of a call, and none once they are cached', async () => {
    const { access, reads } = accessTo([anApp('app_1'), anApp('app_2')]);
    const codes = await publish(access, 'app_1', 'app_2', 'app_3', 'app_1');
    expect(codes).toEqual([undefined, undefined, 'FORBIDDEN', undefined]);
    expect(reads).toEqual([['app_1', 'app_2', 'app_3']]);
    await publish(access, 'app_1', 'app_2', 'app_3');
    expect(reads).toHaveLength(1);
  });

  it('is synchronous for publishing once the app is cached', async () => {
    const { access } = accessTo([anApp('app_1')]);
    await publish(access, 'app_1');
    expect(access.requireApp(keyOf('acc_a'), 'app_1', 'events:publish')).toBe('acc_a');
    expect(access.canReceive(keyOf('acc_a'), 'app_1')).toBe(true);
  });

  it('splits more than a thousand apps into several queries', async () => {
    const { access, reads } = accessTo([]);
    await publish(access, ...Array.from({ length: 2_001 }, (_, index) => `app_${index}`));
    expect(reads.map((ids) => ids.length)).toEqual([1_000, 1_000, 1]);
  });

  it('reads other apps ahead after a miss of an existing one, unless an app changes meanwhile', async () => {
    const apps = [anApp('app_1'), anApp('app_2'), anApp('app_3')];
    const { access, reads } = accessTo(apps);
    await publish(access, 'app_absent');
    await publish(access, 'app_1');
    await new Promise((resolve) => setImmediate(resolve));
    expect(await publish(access, 'app_2', 'app_3')).toEqual([undefined, undefined]);
    expect(reads).toEqual([['app_absent'], ['app_1']]);

    const { access: changed, reads: readsAgain } = accessTo(apps);
    await publish(changed, 'app_1');
    changed.forget('app_3');
    await new Promise((resolve) => setImmediate(resolve));
    await publish(changed, 'app_2', 'app_3');
    expect(readsAgain).toEqual([['app_1'], ['app_2', 'app_3']]);
  });

  it('fails for its callers only, and is repeated by the next call', async () => {
    let isAway = true;
    const access = new AccessControl({
      deletions: { findErasing: () => Promise.resolve([]) },
      cacheLease: currentLease,
      apps: {
        getMany: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve([anApp('app_1')])),
        listAfter: () => Promise.resolve([]),
      },
    });
    await expect(publish(access, 'app_1')).rejects.toThrow('away');
    isAway = false;
    expect(await publish(access, 'app_1')).toEqual([undefined]);
  });

  it('is repeated after a change of its app, and only for that app', async () => {
    const apps = [anApp('app_1'), anApp('app_2')];
    const { access, reads } = accessTo(apps);
    await publish(access, 'app_1', 'app_2', 'app_3');
    apps.shift();
    apps.push(anApp('app_3'));
    access.forget('app_1');
    access.forget('app_3');
    expect(await publish(access, 'app_1', 'app_2', 'app_3')).toEqual(['FORBIDDEN', undefined, undefined]);
    expect(reads.slice(1)).toEqual([['app_1', 'app_3']]);
  });

  it('is not cached if its app changes meanwhile', async () => {
    const { access, reads } = accessTo([anApp('app_1')]);
    const running = publish(access, 'app_1');
    access.forget('app_1');
    await running;
    await publish(access, 'app_1');
    expect(reads).toHaveLength(2);
  });

  it('is repeated for all apps after a notification without details', async () => {
    const apps = [anApp('app_1'), anApp('app_2')];
    const { access } = accessTo(apps);
    await publish(access, 'app_1', 'app_2', 'app_3');
    apps.splice(0, 2, anApp('app_3'));
    access.forget(undefined);
    expect(await publish(access, 'app_1', 'app_2', 'app_3')).toEqual(['FORBIDDEN', 'FORBIDDEN', undefined]);
  });
});

describe('a list without an app', () => {
  it('has the objects of the account of the caller', async () => {
    const { access, reads } = accessTo([anApp('app_1')]);
    expect(await access.narrow(keyOf('acc_a'), undefined, 'events:read')).toEqual({
      accountId: 'acc_a',
      excludedAppIds: [],
    });
    expect(reads).toEqual([]);
  });

  it('has all objects for the operator', async () => {
    const { access } = accessTo([]);
    const visibility = await access.narrow(root, undefined, 'events:read');
    expect(visibility).toEqual({ excludedAppIds: [] });
  });

  it('leaves out deleted apps that are being erased', async () => {
    const { access } = accessTo([], [anApp('app_1'), anApp('app_2', 'acc_b')]);
    expect(await access.narrow(keyOf('acc_a'), undefined, 'events:read')).toEqual({
      accountId: 'acc_a',
      excludedAppIds: ['app_1'],
    });
    expect(await access.narrow(root, undefined, 'events:read')).toEqual({
      excludedAppIds: ['app_1', 'app_2'],
    });
  });
});
