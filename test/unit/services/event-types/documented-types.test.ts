import { describe, expect, it } from 'vitest';
import type { EventType } from '../../../../server/src/domain/event-type.ts';
import type { ConfigChange } from '../../../../server/src/domain/ports/notifications.ts';
import type { RegisteredEventType } from '../../../../server/src/domain/registered-event-type.ts';
import { createBuiltInTypes } from '../../../../server/src/services/event-types/built-in-types.ts';
import { DocumentedTypes } from '../../../../server/src/services/event-types/documented-types.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';
import { anEventType, aVersion } from '../../../support/builders.ts';

const builtIn = createBuiltInTypes().map(({ name }) => name);
const change = (id: string): ConfigChange => ({ collection: 'eventTypes', id, appId: undefined });

/** Documented types over these registered ones. `reads` has the accounts that were read. */
function aScene(...types: RegisteredEventType[]) {
  return sceneOver(createBuiltInTypes(), types);
}

function sceneOver(common: readonly EventType[], types: readonly RegisteredEventType[] = []) {
  const reads: (string | null)[] = [];
  const sorted = types.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const documented = new DocumentedTypes({
    common,
    store: {
      list: (accountId, { after = '', limit }) => {
        reads.push(accountId);
        const owned = sorted.filter((type) => type.accountId === accountId && type.name > after);
        return Promise.resolve(owned.slice(0, limit));
      },
    },
    validators: { validate: () => [] },
    cacheLease: { refresh: () => undefined },
  });
  const names = async (...args: Parameters<typeof documented.list>) =>
    (await documented.list(...args)).map(({ type }) => type);
  return { documented, names, reads };
}

describe('the documented types', () => {
  it('are the built-in ones, then those of the account and of all accounts by name', async () => {
    const { names, documented } = aScene(
      anEventType({ name: 'b.own' }),
      anEventType({ name: 'a.shared', accountId: null }),
      anEventType({ name: 'c.shared', accountId: null }),
      anEventType({ name: 'x.other', accountId: 'acc_b' }),
      anEventType({ name: 'user.ban' }),
    );
    expect(await names(keyActor('acc_a'))).toEqual([...builtIn, 'a.shared', 'b.own', 'c.shared']);
    expect(documented.builtIn.map(({ type }) => type)).toEqual(builtIn);
  });

  it('have those of a catalog, which are not built in', async () => {
    const [first] = createBuiltInTypes();
    if (first === undefined) throw new Error('there are built-in types');
    const own: EventType = { ...first, name: 'z.catalog', family: null };
    const { documented, names } = sceneOver([...createBuiltInTypes(), own]);
    expect((await names(keyActor('acc_a'))).at(-1)).toBe('z.catalog');
    expect(documented.builtIn.map(({ type }) => type)).toEqual(builtIn);
  });

  it('show the own type of two with the same name', async () => {
    const { documented } = aScene(
      anEventType({ name: 'a.b', accountId: null }),
      anEventType({ name: 'a.b', versions: [aVersion({ description: 'Ours.' })] }),
    );
    expect((await documented.list(keyActor('acc_a'))).at(-1)).toMatchObject({
      type: 'a.b',
      description: 'Ours.',
      family: null,
      example: { id: 'inv_1' },
    });
  });

  it('are those of the default account for the operator, and the built-in ones without a scope', async () => {
    const { names, reads } = aScene(anEventType({ name: 'a.b', accountId: 'acc_default' }), anEventType());
    expect(await names(keyActor('acc_a', ['webhooks:read']))).toEqual(builtIn);
    expect(reads).toEqual([]);
    expect(await names(rootActor)).toEqual([...builtIn, 'a.b']);
    for (const scope of ['events:read', 'events:publish'] as const) {
      expect(await names(keyActor('acc_a', [scope]))).toEqual([...builtIn, 'invoice.paid']);
    }
  });

  it('are the same list until a type of the account changes', async () => {
    const { documented, reads } = aScene(anEventType());
    const first = await documented.list(keyActor('acc_a'));
    for (const other of [change('acc_b'), { ...change('acc_a'), collection: 'apps' } as const]) {
      documented.onConfigChange(other);
      expect(await documented.list(keyActor('acc_a'))).toBe(first);
    }
    expect(reads).toEqual(['acc_a', null]);
    for (const own of [change('acc_a'), change('*'), undefined]) {
      const before = await documented.list(keyActor('acc_a'));
      documented.onConfigChange(own);
      expect(await documented.list(keyActor('acc_a'))).not.toBe(before);
    }
  });

  it('are read in pages, up to a bound', async () => {
    const numbered = (count: number) =>
      Array.from({ length: count }, (_, n) => anEventType({ name: `t.n${String(n).padStart(5, '0')}` }));
    const some = aScene(...numbered(400));
    expect(await some.names(keyActor('acc_a'))).toHaveLength(builtIn.length + 400);
    expect(some.reads).toEqual(['acc_a', 'acc_a', 'acc_a', null]);
    const many = aScene(...numbered(5_001));
    expect((await many.names(keyActor('acc_a'))).at(-1)).toBe('t.n04999');
  });

  it('leave out the schemas and examples that there is no room for', async () => {
    const long = aVersion({ exampleText: JSON.stringify({ id: 'x'.repeat(2 * 1024 * 1024) }) });
    const { documented } = aScene(
      anEventType({ name: 'a.first', versions: [long] }),
      anEventType({ name: 'b.second', versions: [long] }),
      anEventType({ name: 'c.third' }),
    );
    const [first, second, third] = (await documented.list(keyActor('acc_a'))).slice(-3);
    expect(first).toHaveProperty('example.id');
    expect(second).toMatchObject({ type: 'b.second', schema: undefined, example: undefined });
    expect(third).toHaveProperty('example.id', 'inv_1');
  });
});
