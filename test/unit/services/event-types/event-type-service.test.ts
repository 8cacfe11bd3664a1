import type { EventTypeRegistration, ListEventTypesInput } from '@tocsin/shared';
import { describe, expect, it, vi } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import type { SchemaToCheck } from '../../../../server/src/domain/ports/json-schemas.ts';
import type { AuditRecord, AuditService } from '../../../../server/src/services/audit/audit-log.ts';
import { createBuiltInTypes } from '../../../../server/src/services/event-types/built-in-types.ts';
import { createEventTypeService } from '../../../../server/src/services/event-types/event-type-service.ts';
import { MemoryEventTypeStore } from '../../../../server/testing/src/store/event-types/event-type-store.ts';
import { createMemoryConfig } from '../../../../server/testing/src/store/memory-config.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { FakeClock } from '../../../support/clock.ts';
import { unkeyedCalls } from '../../../support/unkeyed-calls.ts';

const now = '2026-01-01T00:00:00.000Z';
const bound: Actor = { ...keyActor(), appId: 'app_a' } as Actor; // keyActor returns a key, whose type has an app
const own = keyActor('acc_a');
const common = createBuiltInTypes();

function definition(type: string, change: Partial<EventTypeRegistration> = {}): EventTypeRegistration {
  const schema = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };
  return { type, description: `About ${type}.`, schema, example: { id: '1' }, ...change };
}

/** The service over types in memory. `problems` has what is wrong with the schema of a description. */
function aScene(problems: readonly (string | undefined)[] = []) {
  const clock = new FakeClock();
  const store = new MemoryEventTypeStore(createMemoryConfig(clock));
  const recorded: AuditRecord[] = [];
  const changed: (string | null)[] = [];
  const checked: (readonly SchemaToCheck[])[] = [];
  const service = createEventTypeService({
    common,
    store,
    checker: {
      check: (definitions) => {
        checked.push(definitions);
        return Promise.resolve(definitions.map((_, index) => problems[index]));
      },
    },
    access: accessTo({}),
    audit: {
      record: (_actor, entry) => {
        recorded.push(entry);
        return Promise.resolve();
      },
    } as AuditService, // `as`: the service only records
    calls: unkeyedCalls(clock),
    clock,
    onChanged: (accountId) => void changed.push(accountId),
  });
  const register = (actor: Actor, accountId: string | null | undefined, ...types: EventTypeRegistration[]) =>
    service.register(actor, { accountId, eventTypes: types });
  const names = async (actor: Actor, input: Partial<ListEventTypesInput> = {}) =>
    (await service.list(actor, { limit: 200, ...input })).items.map(({ type }) => type);
  return { service, store, clock, recorded, changed, checked, register, names };
}

describe('a registration', () => {
  it('needs the scope catalog:write', async () => {
    const { register } = aScene();
    const reader = keyActor('acc_a', ['events:read', 'webhooks:write']);
    await expect(register(reader, undefined, definition('a.b'))).rejects.toMatchObject({
      code: 'SCOPE_MISSING',
    });
    await register(keyActor('acc_a', ['catalog:write']), undefined, definition('a.b'));
  });

  it('creates the types of the caller, which it then sees with all that it gave', async () => {
    const { service, register, recorded, changed, checked } = aScene();
    const paid = definition('invoice.paid');
    expect(await register(own, undefined, paid, definition('invoice.sent'))).toEqual({
      eventTypes: [
        { type: 'invoice.paid', version: 1, result: 'created' },
        { type: 'invoice.sent', version: 1, result: 'created' },
      ],
    });
    const shown = {
      version: 1,
      description: 'About invoice.paid.',
      schema: paid.schema,
      example: { id: '1' },
      presentation: null,
    };
    expect(await service.get(own, 'invoice.paid', undefined)).toEqual({
      ...shown,
      type: 'invoice.paid',
      family: null,
      source: null,
      subscribable: true,
      origin: 'registered',
      accountId: 'acc_a',
      versions: [1],
      pinnableVersions: [],
      updatedAt: now,
      history: [{ ...shown, createdAt: now, updatedAt: now }],
    });
    expect(changed).toEqual(['acc_a']);
    expect(recorded).toEqual([
      {
        action: 'event_type.registered',
        accountId: 'acc_a',
        targetId: null,
        entryId: undefined,
        details: { types: ['invoice.paid', 'invoice.sent'] },
      },
    ]);
    expect(checked[0]?.[0]).toEqual({
      schemaText: JSON.stringify(paid.schema),
      exampleText: '{"id":"1"}',
    });
  });

  it('of what is registered already changes nothing and is not recorded', async () => {
    const { register, recorded, changed } = aScene();
    await register(own, undefined, definition('invoice.paid'));
    expect(await register(own, undefined, definition('invoice.paid'))).toEqual({
      eventTypes: [{ type: 'invoice.paid', version: 1, result: 'unchanged' }],
    });
    expect([recorded.length, changed.length]).toEqual([1, 1]);
  });

  it('changes a type, keeps when it was created, and records only what changed', async () => {
    const { service, register, recorded, clock } = aScene();
    await register(own, undefined, definition('invoice.paid'), definition('invoice.sent'));
    clock.advance(1_000);
    const later = definition('invoice.paid', { description: 'Money arrived.' });
    expect(await register(own, undefined, later, definition('invoice.sent'))).toMatchObject({
      eventTypes: [{ result: 'updated' }, { result: 'unchanged' }],
    });
    expect(recorded[1]?.details).toEqual({ types: ['invoice.paid'] });
    const { history, description } = await service.get(own, 'invoice.paid', undefined);
    expect(description).toBe('Money arrived.');
    expect(history).toMatchObject([{ createdAt: now, updatedAt: '2026-01-01T00:00:01.000Z' }]);
  });

  it.each<[string, EventTypeRegistration[], string]>([
    [
      'a type twice',
      [definition('invoice.paid'), definition('invoice.paid')],
      'eventTypes.1 (invoice.paid): is listed twice',
    ],
    [
      'a built-in type',
      [definition('user.ban')],
      "eventTypes.0 (user.ban): is part of the server's catalog and cannot be redefined",
    ],
    [
      'data that is no object',
      [definition('invoice.paid', { schema: { type: 'string' } })],
      'eventTypes.0 (invoice.paid): schema #: data is an object, so it must have type: "object"',
    ],
    [
      'a field in the presentation that the schema lacks',
      [
        definition('invoice.paid', {
          presentation: { title: 'T', kind: 'neutral', fields: [{ key: 'amount', label: 'A', style: 'id' }] },
        }),
      ],
      'eventTypes.0 (invoice.paid): presentation: the schema has no field "amount"',
    ],
  ])('of %s is rejected before its schema is compiled', async (_, types, message) => {
    const { register, checked, names } = aScene();
    await expect(register(own, undefined, ...types)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message,
    });
    expect(checked).toEqual([]);
    expect(await names(own, { origin: 'registered' })).toEqual([]);
  });

  it('is all or none, and names each problem of a schema and the first fifty in its message', async () => {
    const { register, names } = aScene([undefined, 'does not compile']);
    const types = [definition('invoice.paid'), definition('invoice.sent')];
    await expect(register(own, undefined, ...types)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'eventTypes.1 (invoice.sent): does not compile',
      problems: [{ path: 'eventTypes.1', message: 'does not compile' }],
    });
    expect(await names(own, { origin: 'registered' })).toEqual([]);
    const many = (count: number) =>
      Array.from({ length: count }, (_type, n) => definition(`t.n${n}`, { schema: { type: 'string' } }));
    const messageOf = async (count: number) => {
      const error: unknown = await register(own, undefined, ...many(count)).catch(
        (thrown: unknown) => thrown,
      );
      return (error instanceof Error ? error.message : '').split('\n');
    };
    expect(await messageOf(50)).toHaveLength(50);
    expect((await messageOf(52)).slice(50)).toEqual(['and 2 more']);
  });

  it('names the type that cannot be changed this way', async () => {
    const { register } = aScene();
    await register(own, undefined, definition('invoice.paid', { version: 3 }));
    await expect(
      register(own, undefined, definition('invoice.sent'), definition('invoice.paid', { version: 2 })),
    ).rejects.toMatchObject({
      message: 'eventTypes.1 (invoice.paid): version 2 does not exist; a new one is above 3',
    });
  });

  it('plans again after another call changed the same types, and gives up after five times', async () => {
    const { register, store } = aScene();
    const write = vi.spyOn(store, 'write').mockResolvedValueOnce('conflict');
    expect(await register(own, undefined, definition('invoice.paid'))).toMatchObject({
      eventTypes: [{ result: 'created' }],
    });
    write.mockClear();
    write.mockResolvedValue('conflict');
    await expect(register(own, undefined, definition('invoice.sent'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'other calls change the same event types; try again',
      retryAfterSeconds: 1,
    });
    expect(write).toHaveBeenCalledTimes(5);
  });

  it.each<[string | null, string]>([
    ['acc_a', 'acc_a would have more than'],
    [null, 'all accounts together would have more than'],
  ])('beyond the quota of %s is rejected', async (accountId, message) => {
    const { register, store } = aScene();
    vi.spyOn(store, 'write').mockResolvedValue('limit_reached');
    await expect(register(rootActor, accountId, definition('invoice.paid'))).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('the types of all accounts', () => {
  it('are registered by the operator, and an own type of the same name hides one', async () => {
    const { service, register, names, changed } = aScene();
    await register(rootActor, null, definition('invoice.paid'), definition('invoice.sent'));
    await register(own, undefined, definition('invoice.paid', { description: 'Ours.' }));
    expect(changed).toEqual([null, 'acc_a']);
    expect(await names(own, { origin: 'registered' })).toEqual(['invoice.paid', 'invoice.sent']);
    expect(await service.get(own, 'invoice.paid', undefined)).toMatchObject({ description: 'Ours.' });
    const { items } = await service.list(own, { limit: 1, origin: 'registered' });
    expect(items).toMatchObject([{ description: 'Ours.', accountId: 'acc_a' }]);
    expect(await service.get(keyActor('acc_b'), 'invoice.paid', undefined)).toMatchObject({
      accountId: null,
    });
  });
});

describe('the list of types', () => {
  it('has the built-in ones and the registered ones by name, in pages', async () => {
    const { service, register, names } = aScene();
    await register(own, undefined, definition('aaa.first'), definition('zzz.last'));
    const all = await names(own);
    const builtIn = common.map(({ name }) => name).toSorted();
    expect(all).toEqual(['aaa.first', ...builtIn, 'zzz.last']);
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await service.list(own, { limit: 7, cursor });
      paged.push(...page.items.map(({ type }) => type));
      cursor = page.nextCursor;
      expect(page.items.length === 7 || cursor === null).toBe(true);
    } while (cursor !== null);
    expect(paged).toEqual(all);
    expect((await service.list(own, { limit: all.length })).nextCursor).toBeNull();
    expect(await names(own, { origin: 'registered' })).toEqual(['aaa.first', 'zzz.last']);
    expect(await names(own, { origin: 'built_in' })).toEqual(builtIn);
    expect(await names(own, { origin: 'file' })).toEqual([]);
  });

  it('finds types by the start and by a part of their name, and none by other characters', async () => {
    const { service, register, names } = aScene();
    await register(own, undefined, definition('user.greeted'));
    const users = common.map(({ name }) => name).filter((name) => name.startsWith('user.'));
    expect(await names(own, { prefix: 'user.' })).toEqual([...users, 'user.greeted'].toSorted());
    expect(await names(own, { search: 'greet' })).toEqual(['user.greeted']);
    expect(await names(own, { search: 'er.ban' })).toEqual(['user.ban']);
    expect(await service.list(own, { limit: 5, search: 'user ban' })).toEqual({
      items: [],
      nextCursor: null,
    });
  });

  it('shows a built-in type with its contract, its versions and its schema', async () => {
    const { service } = aScene();
    const shown = await service.get(own, 'user.ban', undefined);
    expect(shown).toMatchObject({
      type: 'user.ban',
      family: 'authon',
      origin: 'built_in',
      accountId: null,
      updatedAt: null,
      schema: { type: 'object' },
      history: [{ version: 1, createdAt: null, updatedAt: null }],
    });
    expect(shown.pinnableVersions).toContain(shown.version);
  });
});

describe('a deletion', () => {
  it('removes a registered type, and is recorded', async () => {
    const { service, register, recorded, changed, names } = aScene();
    await register(own, undefined, definition('invoice.paid'));
    expect(await service.delete(own, 'invoice.paid', undefined)).toEqual({
      type: 'invoice.paid',
      deleted: true,
    });
    expect(await names(own, { origin: 'registered' })).toEqual([]);
    expect(changed).toEqual(['acc_a', 'acc_a']);
    expect(recorded[1]).toEqual({
      action: 'event_type.deleted',
      accountId: 'acc_a',
      targetId: null,
      details: { type: 'invoice.paid' },
    });
    const missing = { code: 'NOT_FOUND', message: 'no event type invoice.paid' };
    await expect(service.delete(own, 'invoice.paid', undefined)).rejects.toMatchObject(missing);
    await expect(service.get(own, 'invoice.paid', undefined)).rejects.toMatchObject(missing);
  });

  it('of a built-in type is refused', async () => {
    await expect(aScene().service.delete(rootActor, 'user.ban', null)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: "event type user.ban is part of the server's catalog and cannot be deleted",
    });
  });
});

describe('access to types', () => {
  const foreign = { code: 'FORBIDDEN', message: 'account acc_b is not yours' };

  it.each<[string, Actor, string | null | undefined, object]>([
    ['without its scope', keyActor('acc_a', ['events:publish']), undefined, { code: 'SCOPE_MISSING' }],
    [
      'by a key of one app',
      bound,
      undefined,
      {
        code: 'FORBIDDEN',
        message: 'this API key is bound to the app app_a and cannot change event types',
      },
    ],
    [
      'of all accounts by a customer',
      own,
      null,
      { code: 'FORBIDDEN', message: 'only the operator changes event types of all accounts' },
    ],
    ['of another account', own, 'acc_b', foreign],
  ])('a change %s is refused', async (_, actor, accountId, refused) => {
    const { service, register } = aScene();
    await expect(register(actor, accountId, definition('invoice.paid'))).rejects.toMatchObject(refused);
    await expect(service.delete(actor, 'invoice.paid', accountId)).rejects.toMatchObject(refused);
  });

  it('reads need a scope of events, and stay in the account', async () => {
    const { service, names } = aScene();
    await expect(names(keyActor('acc_a', ['catalog:write']))).rejects.toMatchObject({
      code: 'SCOPE_MISSING',
      message: 'this API key lacks the scope events:read',
    });
    expect(await names(keyActor('acc_a', ['events:publish']))).toContain('user.ban');
    expect(await names(keyActor('acc_a', ['events:read']))).toContain('user.ban');
    await expect(names(own, { accountId: 'acc_b' })).rejects.toMatchObject(foreign);
    await expect(service.get(own, 'user.ban', 'acc_b')).rejects.toMatchObject(foreign);
  });

  it('the operator acts for the account that it names, and for the default one without', async () => {
    const { register, names, changed } = aScene();
    await register(rootActor, 'acc_b', definition('invoice.paid'));
    await register(rootActor, undefined, definition('invoice.sent'));
    expect(changed).toEqual(['acc_b', 'acc_default']);
    expect(await names(rootActor, { origin: 'registered' })).toEqual(['invoice.sent']);
    expect(await names(rootActor, { origin: 'registered', accountId: 'acc_b' })).toEqual(['invoice.paid']);
  });
});
