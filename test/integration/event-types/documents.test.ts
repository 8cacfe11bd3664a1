import { describe, expect, it } from 'vitest';
import type { Scope } from '@tocsin/shared';
import { useTestApp } from '../../support/fixtures.ts';

const app = useTestApp({ env: { ROLE: 'api' } });

const schema = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };
const aType = (type: string, change: object = {}) => ({
  type,
  description: 'Something happens.',
  schema,
  example: { id: 'a' },
  ...change,
});

async function createCaller(scopes: readonly Scope[] = ['*']): Promise<{ accountId: string; key: string }> {
  const accountId = await app.createAccount();
  const { key } = await app.createKey({ accountId, scopes });
  return { accountId, key };
}

/** The event types of both documents that are not built in. */
async function listOwn(token: string | null): Promise<readonly [string[], string[]]> {
  const read = async (path: string, name: string) => {
    const { json } = await app.rest('GET', path, undefined, { token });
    const found = Object.keys((json as Record<string, object>)[name] ?? {});
    expect(found).toContain('user.login');
    return found.filter((type) => type.startsWith('own.') || type.startsWith('all.'));
  };
  return [await read('/openapi.json', 'webhooks'), await read('/asyncapi.json', 'channels')];
}

const both = (...types: string[]) => [types, types];

describe('the documents', () => {
  it('have the types of the caller’s account from the next request on, and no others', async () => {
    const [ours, theirs] = [await createCaller(), await createCaller()];
    expect(await listOwn(ours.key)).toEqual(both());
    await app.call(
      'eventTypes.register',
      { eventTypes: [aType('own.b'), aType('own.a')] },
      { token: ours.key },
    );
    expect(await listOwn(ours.key)).toEqual(both('own.a', 'own.b'));
    expect(await listOwn(theirs.key)).toEqual(both());
    expect(await listOwn(null)).toEqual(both());
    await app.call('eventTypes.delete', { type: 'own.b' }, { token: ours.key });
    expect(await listOwn(ours.key)).toEqual(both('own.a'));
  });

  it('have the types of all accounts for every account, but not without a credential', async () => {
    const { key } = await createCaller();
    await app.call('eventTypes.register', { accountId: null, eventTypes: [aType('all.a')] });
    expect(await listOwn(key)).toEqual(both('all.a'));
    expect(await listOwn(null)).toEqual(both());
    await app.call('eventTypes.delete', { accountId: null, type: 'all.a' });
    expect(await listOwn(key)).toEqual(both());
  });

  it('need a scope that reads or publishes events, like eventTypes.list', async () => {
    const { accountId, key } = await createCaller();
    await app.call('eventTypes.register', { eventTypes: [aType('own.c')] }, { token: key });
    for (const [scope, expected] of [
      ['webhooks:read', both()],
      ['events:publish', both('own.c')],
      ['events:read', both('own.c')],
    ] as const) {
      const limited = await app.createKey({ accountId, scopes: [scope] });
      expect([scope, await listOwn(limited.key)]).toEqual([scope, expected]);
    }
  });

  it('describe the newest version', async () => {
    const { key } = await createCaller();
    const register = async (eventType: object) =>
      await app.call('eventTypes.register', { eventTypes: [eventType] }, { token: key });
    await register(aType('own.d'));
    const changed = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
    await register(aType('own.d', { version: 2, schema: changed, example: { name: 'b' } }));
    const { json } = await app.rest('GET', '/openapi.json', undefined, { token: key });
    const { schemas } = (json as { components: { schemas: Record<string, object> } }).components;
    expect(schemas['OwnDData']).toEqual(changed);
    expect(schemas['OwnDPublish']).toMatchObject({ properties: { version: { const: 2 } } });
  });
});
