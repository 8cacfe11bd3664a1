import { describe, expect, it } from 'vitest';
import type { ConfigChange } from '../../../../server/src/domain/ports/notifications.ts';
import type { RegisteredEventType } from '../../../../server/src/domain/registered-event-type.ts';
import { createBuiltInTypes } from '../../../../server/src/services/event-types/built-in-types.ts';
import { EventTypeRegistry } from '../../../../server/src/services/event-types/event-type-registry.ts';
import { anEventType } from '../../../support/builders.ts';

const change = (id: string): ConfigChange => ({ collection: 'eventTypes', id, appId: undefined });

function registryOf(...types: RegisteredEventType[]) {
  const reads: string[] = [];
  let duringRead = () => {};
  let refreshing: Promise<void> | undefined;
  const registry = new EventTypeRegistry({
    common: createBuiltInTypes(),
    store: {
      find: async (accountId, name) => {
        reads.push(`${accountId} ${name}`);
        await Promise.resolve();
        duringRead();
        return types.filter((type) => type.name === name && (type.accountId ?? accountId) === accountId);
      },
      listNames: (accountId, { prefix }) =>
        Promise.resolve(
          types.flatMap((type) =>
            type.accountId === accountId && type.name.startsWith(prefix) ? type.name : [],
          ),
        ),
    },
    validators: { validate: () => [] },
    cacheLease: { refresh: () => refreshing },
  });
  return {
    registry,
    reads,
    types,
    onRead: (act: () => void) => (duringRead = act),
    refreshWith: (next: Promise<void>) => {
      refreshing = next;
    },
  };
}

describe('the registry', () => {
  it('returns built-in types at once, and registered ones at once after the first time', async () => {
    const { registry, reads } = registryOf(anEventType());
    expect(registry.find('acc_a', 'user.ban')).toMatchObject({ name: 'user.ban', family: 'authon' });
    expect(await registry.find('acc_a', 'invoice.paid')).toMatchObject({
      name: 'invoice.paid',
      family: null,
    });
    expect(registry.find('acc_a', 'invoice.paid')).toMatchObject({ name: 'invoice.paid' });
    expect(await registry.find('acc_b', 'invoice.paid')).toBeUndefined();
    expect(registry.find('acc_b', 'invoice.paid')).toBeUndefined();
    expect(reads).toEqual(['acc_a invoice.paid', 'acc_b invoice.paid']);
  });

  it('reads once for calls at the same time', async () => {
    const { registry, reads } = registryOf(anEventType());
    await Promise.all([1, 2, 3].map(async () => await registry.find('acc_a', 'invoice.paid')));
    expect(reads).toHaveLength(1);
  });

  it.each([
    ['its own', 'acc_a', 2],
    ['all', '*', 2],
    ['another account', 'acc_b', 1],
  ])('reads again after a change of %s', async (_, id, count) => {
    const { registry, reads } = registryOf(anEventType());
    await registry.find('acc_a', 'invoice.paid');
    registry.onConfigChange(change(id));
    registry.onConfigChange({ collection: 'apps', id: 'acc_a', appId: undefined });
    await registry.find('acc_a', 'invoice.paid');
    expect(reads).toHaveLength(count);
    registry.onConfigChange(undefined);
    await registry.find('acc_a', 'invoice.paid');
    expect(reads).toHaveLength(count + 1);
  });

  it('does not cache a read that a change overtakes', async () => {
    const { registry, reads, onRead } = registryOf(anEventType());
    onRead(() => registry.onConfigChange(change('acc_a')));
    expect(await registry.find('acc_a', 'invoice.paid')).toBeDefined();
    onRead(() => {});
    await registry.find('acc_a', 'invoice.paid');
    expect(reads).toHaveLength(2);
  });

  it('waits while its cache may be out of date', async () => {
    const { registry, refreshWith, types } = registryOf();
    expect(await registry.find('acc_a', 'invoice.paid')).toBeUndefined();
    types.push(anEventType());
    refreshWith(Promise.resolve().then(() => registry.onConfigChange(change('acc_a'))));
    expect(await registry.find('acc_a', 'invoice.paid')).toBeDefined();
  });

  it('names the types of nearly the same name, its own and those of all', async () => {
    const { registry } = registryOf(
      anEventType(),
      anEventType({ name: 'invoice.sent', accountId: null }),
      anEventType({ name: 'invoice.lost', accountId: 'acc_b' }),
      anEventType({ name: 'zone' }),
    );
    const names = await registry.listNames('acc_a', 'invoice.payd');
    expect(names).toEqual(expect.arrayContaining(['invoice.paid', 'invoice.sent', 'user.ban']));
    expect(names).not.toEqual(expect.arrayContaining(['invoice.lost']));
    expect(names).not.toContain('test');
  });
});
