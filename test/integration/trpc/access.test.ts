import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '@tocsin/shared';
import { appRouter } from '../../../server/src/transport/trpc/router.ts';
import { startTestApp, type ProcedurePath, type TestApp, type TestKey } from '../../support/app.ts';
import { Receiver } from '../../support/receiver.ts';

let app: TestApp;
let receiver: Receiver;
let ours: { accountId: string; appId: string };
let keys: Record<'revoked' | 'expired' | 'stranger', TestKey>;
/** Of our account: one with all scopes, and for each scope one with it alone and one with all others. */
let everything: TestKey;
const withOnly = new Map<Scope, TestKey>();
const without = new Map<Scope, TestKey>();

const allScopes: readonly Scope[] = [
  'webhooks:read',
  'webhooks:write',
  'events:publish',
  'events:read',
  'deliveries:read',
  'deliveries:write',
  'keys:write',
];

beforeAll(async () => {
  // Each row makes webhooks, more than an app may have by default.
  // Each row makes webhooks: more than an app may have by default.
  [app, receiver] = await Promise.all([
    startTestApp({ env: { MAX_WEBHOOKS_PER_APP: '50' } }),
    Receiver.start(),
  ]);
  const accountId = await app.createAccount();
  ours = { accountId, appId: await app.createApp({ accountId }) };
  keys = {
    revoked: await app.createKey({ accountId }),
    expired: await app.createKey({ accountId }),
    stranger: await app.createKey({ accountId: await app.createAccount() }),
  };
  everything = await app.createKey({ accountId });
  await Promise.all(
    allScopes.map(async (scope) => {
      const others = allScopes.filter((other) => other !== scope);
      withOnly.set(scope, await app.createKey({ accountId, scopes: [scope] }));
      without.set(scope, await app.createKey({ accountId, scopes: others }));
    }),
  );
  await app.call('keys.revoke', { id: keys.revoked.id });
  await app.db
    .collection<{ _id: string }>('keys')
    .updateOne({ _id: keys.expired.id }, { $set: { expiresAt: new Date('2026-01-01T00:00:00.000Z') } });
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const login = { userId: 'u', username: 'n', ip: '192.0.2.1', hwid: 'h' };

/** Of an event that no test here publishes, unless told. */
async function webhook(event = 'file.download'): Promise<string> {
  const { id } = await app.call('webhooks.create', { appId: ours.appId, url: receiver.url, events: [event] });
  return id;
}

async function finishedDelivery() {
  const webhookId = await webhook('user.login');
  const event = await app.call('events.publish', { appId: ours.appId, event: 'user.login', data: login });
  await app.whenIdle();
  const { items } = await app.call('deliveries.list', { webhookId });
  return { eventId: event.id, deliveryId: items[0]?.id ?? '' };
}

/** What the key of another account is told. `nothing`: an answer that holds nothing of ours. */
type ToStrangers = 'FORBIDDEN' | 'NOT_FOUND' | 'SCOPE_MISSING' | 'nothing';

interface Row {
  readonly path: ProcedurePath;
  /** Null: any valid key will do. */
  readonly scope: Scope | null;
  readonly strangers: ToStrangers;
  /** An input that succeeds for those who may. */
  readonly input: () => unknown;
}

const rows: readonly Row[] = [
  { path: 'accounts.create', scope: 'operator', strangers: 'SCOPE_MISSING', input: () => ({ name: 'New' }) },
  { path: 'accounts.list', scope: 'operator', strangers: 'SCOPE_MISSING', input: () => ({}) },
  {
    path: 'keys.create',
    scope: 'keys:write',
    strangers: 'FORBIDDEN',
    input: () => ({ accountId: ours.accountId, name: 'New', scopes: ['keys:write'] }),
  },
  { path: 'keys.list', scope: 'keys:write', strangers: 'nothing', input: () => ({}) },
  {
    path: 'keys.revoke',
    scope: 'keys:write',
    strangers: 'NOT_FOUND',
    input: async () => ({ id: (await app.createKey({ accountId: ours.accountId })).id }),
  },
  {
    path: 'apps.create',
    scope: 'webhooks:write',
    strangers: 'FORBIDDEN',
    input: () => ({ accountId: ours.accountId, name: 'New' }),
  },
  { path: 'apps.list', scope: 'webhooks:read', strangers: 'nothing', input: () => ({}) },
  { path: 'apps.get', scope: 'webhooks:read', strangers: 'FORBIDDEN', input: () => ({ id: ours.appId }) },
  {
    path: 'apps.delete',
    scope: 'webhooks:write',
    strangers: 'FORBIDDEN',
    input: async () => ({ id: await app.createApp({ accountId: ours.accountId }) }),
  },
  {
    path: 'webhooks.create',
    scope: 'webhooks:write',
    strangers: 'FORBIDDEN',
    input: () => ({ appId: ours.appId, url: 'http://127.0.0.1:9/', events: ['user.ban'] }),
  },
  {
    path: 'webhooks.list',
    scope: 'webhooks:read',
    strangers: 'FORBIDDEN',
    input: () => ({ appId: ours.appId }),
  },
  {
    path: 'webhooks.get',
    scope: 'webhooks:read',
    strangers: 'NOT_FOUND',
    input: async () => ({ id: await webhook() }),
  },
  {
    path: 'webhooks.update',
    scope: 'webhooks:write',
    strangers: 'NOT_FOUND',
    input: async () => ({ id: await webhook(), description: 'changed' }),
  },
  {
    path: 'webhooks.delete',
    scope: 'webhooks:write',
    strangers: 'NOT_FOUND',
    input: async () => ({ id: await webhook() }),
  },
  {
    path: 'webhooks.test',
    scope: 'webhooks:write',
    strangers: 'NOT_FOUND',
    input: async () => ({ id: await webhook() }),
  },
  {
    path: 'webhooks.rotateSecret',
    scope: 'webhooks:write',
    strangers: 'NOT_FOUND',
    input: async () => ({ id: await webhook() }),
  },
  { path: 'events.types', scope: null, strangers: 'nothing', input: () => undefined },
  {
    path: 'events.publish',
    scope: 'events:publish',
    strangers: 'FORBIDDEN',
    input: () => ({ appId: ours.appId, event: 'user.login', data: login }),
  },
  {
    path: 'events.publishMany',
    scope: 'events:publish',
    strangers: 'nothing',
    input: () => ({ events: [{ appId: ours.appId, event: 'user.login', data: login }] }),
  },
  {
    path: 'events.get',
    scope: 'events:read',
    strangers: 'NOT_FOUND',
    input: async () => ({ id: (await finishedDelivery()).eventId }),
  },
  { path: 'events.list', scope: 'events:read', strangers: 'FORBIDDEN', input: () => ({ appId: ours.appId }) },
  {
    path: 'deliveries.list',
    scope: 'deliveries:read',
    strangers: 'FORBIDDEN',
    input: () => ({ appId: ours.appId }),
  },
  {
    path: 'deliveries.get',
    scope: 'deliveries:read',
    strangers: 'NOT_FOUND',
    input: async () => ({ id: (await finishedDelivery()).deliveryId }),
  },
  {
    path: 'deliveries.retry',
    scope: 'deliveries:write',
    strangers: 'NOT_FOUND',
    input: async () => ({ id: (await finishedDelivery()).deliveryId }),
  },
  {
    path: 'auditLog.list',
    scope: '*',
    strangers: 'nothing',
    input: () => ({}),
  },
];

interface Refused {
  readonly token: string | null;
  readonly code: string;
  readonly message?: RegExp;
}

/** Calls as each, and expects its refusal and that nothing stored has changed. */
async function expectRefused(row: Row, callers: readonly Refused[]): Promise<void> {
  const input = await row.input();
  await app.whenIdle();
  const before = await app.fingerprint();
  for (const { token, code, message } of callers) {
    const { error, data, status } = await app.trpc(row.path, input, { token });
    expect(data).toBeUndefined();
    expect(error?.data.tocsin.code).toBe(code);
    expect(status).toBe(error?.data.httpStatus);
    if (message) expect(error?.message).toMatch(message);
  }
  expect(await app.fingerprint()).toEqual(before);
}

it('has a row for every procedure', () => {
  expect(rows.map(({ path }) => path)).toEqual(Object.keys(appRouter._def.procedures));
});

describe.each(rows)('$path', (row) => {
  const unauthenticated = (token: string | null, message: RegExp): Refused => ({
    token,
    code: 'UNAUTHENTICATED',
    message,
  });

  it('is refused without a token, and to one that is unknown, revoked or expired', async () => {
    await expectRefused(row, [
      unauthenticated(null, /must be "Bearer <key>"/),
      unauthenticated(`tsk_${'0'.repeat(48)}`, /is unknown$/),
      unauthenticated(keys.revoked.key, /was revoked$/),
      unauthenticated(keys.expired.key, /expired on 2026-01-01T00:00:00\.000Z$/),
    ]);
  });

  it.skipIf(row.scope === null)('is refused to a key with every scope but its own', async () => {
    const lacking =
      row.scope === 'operator'
        ? { token: everything.key, message: /needs the root token$/ }
        : {
            // A key with `*` lacks nothing; what needs `*` is closed to every single scope.
            token: (without.get(row.scope ?? '*') ?? withOnly.get('keys:write'))?.key ?? null,
            message: new RegExp(`lacks the scope ${row.scope === '*' ? '\\*' : row.scope}$`),
          };
    await expectRefused(row, [{ ...lacking, code: 'SCOPE_MISSING' }]);
  });

  it('shows and does nothing of ours to the key of another account', async () => {
    const token = keys.stranger.key;
    if (row.strangers !== 'nothing') return await expectRefused(row, [{ token, code: row.strangers }]);
    const input = await row.input();
    await app.whenIdle();
    const before = await app.fingerprint();
    const { status, text } = await app.trpc(row.path, input, { token });
    expect(status).toBe(200);
    expect(text).not.toContain(ours.accountId);
    if (row.path !== 'events.publishMany') expect(text).not.toContain(ours.appId);
    else expect(text).toContain('"ok":false,"code":"FORBIDDEN"');
    expect(await app.fingerprint()).toEqual(before);
  });

  it.skipIf(row.scope === 'operator')(
    'is open to a key with its scope alone, and to one with all',
    async () => {
      const alone = row.scope === '*' ? everything : withOnly.get(row.scope ?? 'deliveries:read');
      for (const token of [alone?.key ?? null, everything.key]) {
        const answer = await app.trpc(row.path, await row.input(), { token });
        expect(answer).toMatchObject({ status: 200, error: undefined });
      }
    },
  );

  it('is open to the root token', async () => {
    expect(await app.trpc(row.path, await row.input())).toMatchObject({ status: 200, error: undefined });
  });
});

describe('the key of another account', () => {
  it('lists neither our events nor our deliveries when it names no app', async () => {
    const { eventId, deliveryId } = await finishedDelivery();
    for (const path of ['events.list', 'deliveries.list'] as const) {
      expect((await app.call(path, {}, { token: keys.stranger.key })).items).toEqual([]);
      const { items } = await app.call(path, {}, { token: everything.key });
      expect(items.map(({ id }) => id)).toContain(path === 'events.list' ? eventId : deliveryId);
    }
  });

  it('lists no delivery of ours by naming our webhook or our event', async () => {
    const { eventId } = await finishedDelivery();
    const webhookId = await webhook();
    for (const input of [{ eventId }, { webhookId }]) {
      expect((await app.call('deliveries.list', input, { token: keys.stranger.key })).items).toEqual([]);
    }
  });

  it('is told the same of an app that is foreign and of one that does not exist', async () => {
    const told = async (id: string) => {
      const { status, error } = await app.trpc('apps.get', { id }, { token: keys.stranger.key });
      return [status, error?.data.tocsin.code, error?.message.replace(id, '<app>')];
    };
    const foreign = await told(ours.appId);
    expect(foreign).toEqual([403, 'FORBIDDEN', 'app <app> does not belong to your account']);
    expect(await told('app_that_never_was')).toEqual(foreign);
  });

  it('makes apps and keys in its own account when it names none', async () => {
    const { key } = keys.stranger;
    const made = await app.call('apps.create', { name: 'Mine' }, { token: key });
    const granted = await app.call('keys.create', { name: 'Mine', scopes: ['events:read'] }, { token: key });
    expect(made.accountId).toBe(granted.accountId);
    expect(made.accountId).not.toBe(ours.accountId);
  });
});

describe('a key that makes keys', () => {
  it('grants no scope that it lacks', async () => {
    const { key } = await app.createKey({ accountId: ours.accountId, scopes: ['keys:write', 'events:read'] });
    const grant = async (scopes: string[]) =>
      await app.trpc('keys.create', { name: 'More', scopes }, { token: key });
    expect((await grant(['events:read'])).status).toBe(200);
    for (const scope of ['events:publish', '*']) {
      const { error } = await grant(['events:read', scope]);
      expect(error?.data.tocsin.code).toBe('FORBIDDEN');
      expect(error?.message).toBe(`a key cannot grant the scope ${scope}, which it lacks`);
    }
  });

  it('shows each key once, and stores only its hash', async () => {
    const { id, key } = await app.createKey();
    expect(key).toMatch(/^tsk_[0-9a-f]{48}$/);
    expect((await app.trpc('keys.list', {})).text).not.toContain(key);
    const stored = await app.db.collection<{ _id: string }>('keys').findOne({ _id: id });
    expect(JSON.stringify(stored)).not.toContain(key);
  });

  it('ends a key at once by revoking it', async () => {
    const { id, key } = await app.createKey();
    expect((await app.trpc('apps.list', {}, { token: key })).status).toBe(200);
    await app.call('keys.revoke', { id });
    expect((await app.trpc('apps.list', {}, { token: key })).status).toBe(401);
  });
});
