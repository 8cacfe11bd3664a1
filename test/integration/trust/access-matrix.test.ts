import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { toEventTypeDoc, type EventTypeDoc } from '../../../server/src/store/mongo/documents/event-type.ts';
import { appRouter } from '../../../server/src/transport/trpc/router.ts';
import {
  apiRules,
  callers,
  otherRoutes,
  outcomeOf,
  procedureRules,
  routeRules,
  type AccessRule,
  type CallerKind,
} from '../../support/access-rules.ts';
import { CallInputs, isRefused } from '../../support/call-inputs.ts';
import { judgeAnswer, type Answer } from '../../support/judge-answer.ts';
import { createAlertInputs, makeAlertObjects, type AlertObjects } from '../../support/alert-objects.ts';
import { toApiRequest } from '../../support/api-request.ts';
import type { ProcedurePath } from '../../support/app.ts';
import { aFeedCommit, aFeedConsumer } from '../../support/feed.ts';
import { firstOfStream } from '../../support/first-of-stream.ts';
import { anEventType } from '../../support/builders.ts';
import { useOidcIssuer, useReceiver, useTestApp } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';
import { createIncidentInputs, putIncident } from '../../support/put-incident.ts';
import { listRegisteredRoutes } from '../../support/registered-routes.ts';

const issuer = useOidcIssuer();
const app = useTestApp(() => ({
  env: {
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: 'tocsin',
    MAX_WEBHOOKS_PER_APP: '1000',
    ACCOUNT_ALERTS: 'true',
  },
}));
const receiver = useReceiver();
/** Objects of the callers' account. Their ids must not reach the caller of the other account. */
let ours: AlertObjects &
  Record<'accountId' | 'appId' | 'webhookId' | 'eventId' | 'deliveryId' | 'keyId' | 'replayId', string>;
const tokens = new Map<string, string | null>();

beforeAll(async () => {
  const accountId = await app.createAccount();
  const appId = await app.createApp({ accountId });
  const webhookId = await webhook(appId);
  const { deliveryId } = await app.call('webhooks.test', { id: webhookId });
  const { eventId } = await app.call('deliveries.get', { id: deliveryId });
  const { id: keyId } = await app.createKey({ accountId, scopes: ['webhooks:read'] });
  await app.call('deliveries.retry', { id: deliveryId });
  await app.whenIdle();
  const replay = { webhookId, since: '2026-01-01T00:00:00.000Z', status: 'delivered' };
  const { jobId } = await app.call('deliveries.replay', replay);
  await putIncident(app.db, { accountId, appId, webhookId });
  const alerts = await makeAlertObjects(app, accountId, receiver.url);
  ours = { accountId, appId, webhookId, eventId, deliveryId, keyId, replayId: jobId ?? '', ...alerts };
  await makeCallers();
}, 60_000);

async function makeCallers(): Promise<void> {
  const { accountId } = ours;
  const revoked = await app.createKey({ accountId });
  await app.call('keys.revoke', { id: revoked.id });
  const expired = await app.createKey({ accountId });
  // Not so long ago that the database removes the key during the test.
  const past = new Date(Date.now() - 1_000);
  await app.db
    .collection<{ _id: string }>('keys')
    .updateOne({ _id: expired.id }, { $set: { expiresAt: past } });
  tokens.set('no credential', null);
  tokens.set('malformed', '');
  tokens.set('unknown key', `tsk_${'0'.repeat(48)}`);
  tokens.set('expired key', expired.key);
  tokens.set('revoked key', revoked.key);
  tokens.set('root', app.rootToken);
  const foreign = await app.createAccount();
  const apps = { ours: ours.appId, another: await app.createApp({ accountId }) };
  for (const { name, scopes, isOtherAccount, onlyApp, isToken } of callers) {
    if (scopes === undefined || scopes === 'root') continue;
    const appId = onlyApp === undefined ? undefined : apps[onlyApp];
    const owner = isOtherAccount === true ? foreign : accountId;
    const token =
      isToken === true
        ? await issuer.sign({
            tocsin_account: owner,
            tocsin_app: appId,
            scope: scopes.join(' '),
            exp: Math.floor(Date.now() / 1000) + 3_600,
          })
        : (await app.call('keys.create', { name, accountId: owner, scopes, appId })).key;
    tokens.set(name, token);
  }
}

/** A key that the caller may manage: its child, or a key with few scopes if it can have no child. */
async function keyFor({
  name,
  scopes,
  onlyApp,
  isToken,
  isOtherAccount,
}: CallerKind): Promise<{ id: string }> {
  const input = { accountId: ours.accountId, name: 'K', scopes: ['keys:write'] };
  const canCreate = scopes !== 'root' && (scopes?.includes('*') === true || scopes?.includes('keys:write'));
  const isOurs = isOtherAccount !== true && onlyApp !== 'another';
  const appId = onlyApp === 'ours' ? ours.appId : undefined;
  const { id } =
    canCreate === true && isOurs && isToken !== true
      ? await app.call('keys.create', input, { token: tokens.get(name) ?? null })
      : await app.call('keys.create', { ...input, appId });
  return { id };
}

async function webhook(appId = ours.appId, mount?: string): Promise<string> {
  if (mount === undefined) {
    const input = { appId, url: receiver.url, events: ['user.login'] };
    return (await app.call('webhooks.create', input)).id;
  }
  const events = mount.startsWith('/v1/admin') ? ['user.ban'] : ['license.created'];
  const { json } = await app.rest('POST', mount.replace(':appId', appId), { url: receiver.url, events });
  const made = json as { webhookId?: string; data?: { id: string } };
  return made.webhookId ?? made.data?.id ?? '';
}

/** Procedures that need only the webhook. */
const byWebhook = ['get', 'test', 'rotateSecret', 'backlog', 'sendWaiting', 'activity'].map(
  (name) => `webhooks.${name}`,
);

/** An input that works for permitted callers, created again where the call uses it up. */
const inputs: Record<string, (caller: CallerKind) => unknown> = {
  'accounts.create': () => ({ name: 'New' }),
  'accounts.list': () => ({}),
  'accounts.usage': () => ({ accountId: ours.accountId }),
  'accounts.setLimits': () => ({ accountId: ours.accountId, limits: { apps: 1_000 } }),
  'keys.create': () => ({ accountId: ours.accountId, name: 'New', scopes: ['keys:write'] }),
  'keys.list': () => ({}),
  'keys.rotate': keyFor,
  'keys.revoke': keyFor,
  'apps.create': () => ({ accountId: ours.accountId, name: 'New' }),
  'apps.list': () => ({}),
  'apps.deletions': () => ({}),
  'apps.get': () => ({ id: ours.appId }),
  'apps.delete': async () => ({ id: await app.createApp({ accountId: ours.accountId }) }),
  'webhooks.create': () => ({ appId: ours.appId, url: receiver.url, events: ['user.ban'] }),
  'webhooks.list': () => ({ appId: ours.appId }),
  'webhooks.update': () => ({ id: ours.webhookId, description: 'changed' }),
  'webhooks.delete': async () => ({ id: await webhook() }),
  ...Object.fromEntries(byWebhook.map((name) => [name, () => ({ id: ours.webhookId })])),
  'webhooks.sendSample': () => ({ id: ours.webhookId, event: 'user.login' }),
  'webhooks.preview': () => ({ format: 'discord', event: 'user.login' }),
  'events.types': () => undefined,
  'events.publish': () => ({ appId: ours.appId, event: 'user.login', data: loginData }),
  'events.publishMany': () => ({ events: [{ appId: ours.appId, event: 'user.login', data: loginData }] }),
  'events.subscribe': () => ({ appId: ours.appId }),
  'events.get': () => ({ id: ours.eventId }),
  'events.explain': () => ({ id: ours.eventId }),
  'events.list': () => ({ appId: ours.appId }),
  'feed.read': () => ({ appId: ours.appId }),
  'feed.consumers': () => ({ appId: ours.appId }),
  'feed.commit': () => aFeedCommit(ours.appId),
  'feed.deleteConsumer': async () => await aFeedConsumer(app, ours.appId),
  'eventTypes.register': () => ({
    accountId: ours.accountId,
    eventTypes: [{ type: 'made.here', description: 'd', schema: { type: 'object' }, example: {} }],
  }),
  'eventTypes.list': () => ({ accountId: ours.accountId }),
  'eventTypes.get': () => ({ accountId: ours.accountId, type: 'user.login' }),
  'eventTypes.delete': async () => {
    const type = toEventTypeDoc(anEventType({ name: 'gone.soon', accountId: ours.accountId }), 1);
    const { _id, ...fields } = type;
    const types = app.db.collection<EventTypeDoc>('event_types');
    await types.updateOne({ _id }, { $set: fields }, { upsert: true });
    return { accountId: ours.accountId, type: 'gone.soon' };
  },
  'deliveries.list': () => ({ appId: ours.appId }),
  'deliveries.get': () => ({ id: ours.deliveryId }),
  'deliveries.retry': () => ({ id: ours.deliveryId }),
  'deliveries.resend': () => ({ eventId: ours.eventId, webhookId: ours.webhookId }),
  'deliveries.retryMany': () => ({ ids: [ours.deliveryId] }),
  'deliveries.cancelMany': () => ({ ids: [ours.deliveryId] }),
  'deliveries.replay': () => ({ webhookId: ours.webhookId, since: '2026-01-01T00:00:00.000Z', dryRun: true }),
  'deliveries.cancel': () => ({ webhookId: ours.webhookId, dryRun: true }),
  'deliveries.replays': () => ({}),
  'deliveries.cancelReplay': () => ({ id: ours.replayId }),
  ...createAlertInputs(app, () => ours),
  'auditLog.list': () => ({}),
  ...createIncidentInputs(() => ours),
  'search.find': () => ({ query: ours.webhookId }),
  'search.timeline': () => ({ appId: ours.appId, value: 'u' }),
  'system.stats': () => ({ appId: ours.appId }),
  'system.audit': () => ({}),
};

type Perform = (rule: AccessRule, caller: CallerKind) => Promise<Answer>;

const callInputs = new CallInputs();

const tokenOf = (caller: CallerKind) => ({ token: tokens.get(caller.name) ?? null });

const inputFor = (rule: AccessRule, caller: CallerKind) =>
  callInputs.get(rule, caller, async () => await inputs[rule.procedure ?? rule.operation]?.(caller));

const callProcedure: Perform = async (rule, caller) => {
  const input = await inputFor(rule, caller);
  return await callWith(rule.operation as ProcedurePath, input, tokenOf(caller).token);
};

async function callWith(path: ProcedurePath, input: unknown, token: string | null): Promise<Answer> {
  return path === 'events.subscribe'
    ? await firstOfStream(app, path, input, token)
    : await app.trpc(path, input, { token });
}

const callRoute: Perform = async (rule, caller) => {
  const [method = '', route = ''] = rule.operation.split(' ');
  const isAdmin = route.startsWith('/v1/admin');
  const mount = route.replace(/\/:webhookId.*$/, '');
  const { appId } = ours;
  const id = route.includes(':webhookId')
    ? await callInputs.get(rule, caller, () => webhook(appId, mount))
    : '';
  const path = route.replace(':appId', appId).replace(':webhookId', id);
  const body =
    method === 'PUT'
      ? { enabled: false }
      : method === 'POST' && route.endsWith('/webhooks')
        ? { url: receiver.url, events: [isAdmin ? 'user.ban' : 'license.created'] }
        : route.endsWith('/events')
          ? { event: 'user.login', data: loginData }
          : undefined;
  return await app.rest(method, path, body, tokenOf(caller));
};

const callApi: Perform = async (rule, caller) => {
  const { method, path, body } = toApiRequest(rule, await inputFor(rule, caller));
  return await app.rest(method, path, body, tokenOf(caller));
};

/** Calls as every caller: those that are refused at once, the others in turn, because their calls change something. */
async function cross(rule: AccessRule, perform: Perform): Promise<void> {
  const outcomes: Record<string, unknown> = {};
  const expected = Object.fromEntries(callers.map((caller) => [caller.name, outcomeOf(rule, caller)]));
  const call = async (caller: CallerKind) => {
    outcomes[caller.name] = judgeAnswer(await perform(rule, caller), outcomeOf(rule, caller), ours);
  };
  await Promise.all(callers.filter((caller) => isRefused(rule, caller)).map(call));
  for (const caller of callers.filter((one) => !isRefused(rule, one))) await call(caller);
  expect(outcomes).toEqual(expected);
}

describe('the table', () => {
  test('has a rule for every procedure', () => {
    expect(procedureRules.map((rule) => rule.operation).sort()).toEqual(
      Object.keys(appRouter._def.procedures).sort(),
    );
  });

  test('has a route of /api/v1 for every procedure but the subscription', () => {
    expect(apiRules.map(({ procedure }) => procedure)).toEqual(
      procedureRules.map(({ operation }) => operation).filter((name) => name !== 'events.subscribe'),
    );
  });

  test('has a rule for every route that does something', async () => {
    const routes = listRegisteredRoutes(app.app.http);
    expect(routes).toContain('POST /v1/apps/:appId/webhooks/:webhookId/test');
    const ruled = new Set([...routeRules, ...apiRules].map((rule) => rule.operation));
    expect(routes).toEqual(expect.arrayContaining([...ruled]));
    const others = routes.filter(
      (route) => !ruled.has(route) && !otherRoutes.some((other) => other.route.test(route)),
    );
    const [root] = callers.filter((caller) => caller.name === 'root');
    if (root === undefined) throw new Error('root is a caller');
    for (const route of others) {
      const [method = '', path = ''] = route.split(' ');
      // HEAD uses the hooks of GET.
      if (
        method === 'HEAD' &&
        (ruled.has(`GET ${path}`) || otherRoutes.some((other) => other.route.test(`GET ${path}`)))
      )
        continue;
      const url = path.replace(':appId', ours.appId).replace(':webhookId', ours.webhookId).replace('*', 'x');
      if (method === 'TRACE') continue; // no HTTP client sends it
      const { status } = await app.rest(method, url, undefined, tokenOf(root));
      expect({
        route,
        isRefused: status === 404 || status === 405 || status === 400,
      }).toEqual({ route, isRefused: true });
    }
  });

  test('is what docs/access.md shows', { timeout: 120_000 }, async () => {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const script = [
      '--conditions=@tocsin/source',
      '--import',
      'tsx',
      'scripts/write-access-matrix.ts',
      '--check',
    ];
    await expect(promisify(execFile)(process.execPath, script, { cwd: root })).resolves.toMatchObject({
      stderr: '',
    });
  });
});

describe('every kind of caller', () => {
  test.each(procedureRules)('gets the outcome of the table for $operation', (rule) =>
    cross(rule, callProcedure),
  );
  test.each(routeRules)('gets the outcome of the table for $operation', (rule) => cross(rule, callRoute));
  test.each(apiRules)('gets the outcome of the table for $operation', (rule) => cross(rule, callApi));
});

describe('a rejected call', () => {
  const refused = callers.filter(
    (caller) => caller.scopes === undefined || caller.isOtherAccount === true || caller.onlyApp === 'another',
  );

  // The end of each erasure, minutes after the deletion, is written to the audit log. A slow run would see it.
  beforeAll(async () => {
    await app.db.collection('app_deletions').deleteMany({});
  });

  test.each(refused)('of $name changes nothing stored', async (caller) => {
    const rules = procedureRules.filter((rule) => isRefused(rule, caller));
    // Creating inputs would itself change what is stored.
    const made = await Promise.all(
      rules.map(async (rule) => [rule.operation, await inputFor(rule, caller)] as const),
    );
    // The events that the calls before have published leave the queue a little later.
    await app.whenIdle();
    const before = await app.fingerprint();
    for (const [operation, input] of made)
      await callWith(operation as ProcedurePath, input, tokenOf(caller).token);
    expect(await app.fingerprint()).toEqual(before);
  });
});

describe('what is foreign', () => {
  /** A key of its own, because the calls above could use up the rate limit of another on a fast machine. */
  const otherAccount = { token: () => foreignKey };
  let foreignKey = '';
  beforeAll(async () => {
    foreignKey = (await app.createKey({ accountId: await app.createAccount() })).key;
  });
  const absent = {
    appId: 'app_0000000000000000',
    webhookId: 'wh_000000000000',
    eventId: `evt_${'0'.repeat(26)}`,
    deliveryId: `dlv_${'0'.repeat(26)}`,
    keyId: 'key_0000000000000000',
    accountId: 'acc_0000000000000000',
  };
  const byId: [ProcedurePath, 'appId' | 'webhookId' | 'eventId' | 'deliveryId' | 'keyId', object][] = [
    ['apps.get', 'appId', {}],
    ['apps.delete', 'appId', {}],
    ['webhooks.get', 'webhookId', {}],
    ['webhooks.update', 'webhookId', { description: 'x' }],
    ['webhooks.delete', 'webhookId', {}],
    ['webhooks.test', 'webhookId', {}],
    ['webhooks.rotateSecret', 'webhookId', {}],
    ['events.get', 'eventId', {}],
    ['events.explain', 'eventId', {}],
    ['deliveries.get', 'deliveryId', {}],
    ['deliveries.retry', 'deliveryId', {}],
    ['keys.revoke', 'keyId', {}],
  ];
  const same = ({ status, text }: Answer, id: string) => ({
    status,
    text: text.replaceAll(id, 'ID').replace(/"requestId":"[^"]*"/, ''),
  });

  test.each(byId)('gets the same error from %s as a missing one', async (path, kind, rest) => {
    const options = { token: otherAccount.token() };
    const foreign = await app.trpc(path, { id: ours[kind], ...rest }, options);
    const none = await app.trpc(path, { id: absent[kind], ...rest }, options);
    expect(foreign.status).toBeGreaterThanOrEqual(403);
    expect(same(foreign, ours[kind])).toEqual(same(none, absent[kind]));
  });

  test.each([
    ['webhooks.create', (appId: string) => ({ appId, url: receiver.url, events: ['user.ban'] })],
    ['webhooks.list', (appId: string) => ({ appId })],
    ['events.list', (appId: string) => ({ appId })],
    ['events.subscribe', (appId: string) => ({ appId })],
    ['events.publish', (appId: string) => ({ appId, event: 'user.login', data: loginData })],
    [
      'events.publishMany',
      (appId: string) => ({ events: [{ appId, event: 'user.login', data: loginData }] }),
    ],
    ['deliveries.list', (appId: string) => ({ appId })],
  ] as const)('app gets the same error from %s as a missing one', async (path, inputOf) => {
    const foreign = await callWith(path, inputOf(ours.appId), otherAccount.token());
    const none = await callWith(path, inputOf(absent.appId), otherAccount.token());
    expect(same(foreign, ours.appId)).toEqual(same(none, absent.appId));
  });

  test.each(routeRules.filter((rule) => rule.forOtherAccounts === 403))(
    'app is told by $operation in the same words as an absent one',
    async ({ operation }) => {
      const [method = '', route = ''] = operation.split(' ');
      const options = { token: otherAccount.token() };
      const ask = (appId: string) =>
        app.rest(
          method,
          route.replace(':appId', appId).replace(':webhookId', ours.webhookId),
          undefined,
          options,
        );
      expect(same(await ask(ours.appId), ours.appId)).toEqual(same(await ask(absent.appId), absent.appId));
    },
  );

  test('account gets the same error from keys.create and apps.create as a missing one', async () => {
    const options = { token: otherAccount.token() };
    for (const [path, rest] of [
      ['keys.create', { name: 'x', scopes: ['webhooks:read'] }],
      ['apps.create', { name: 'x' }],
    ] as const) {
      const foreign = await app.trpc(path, { accountId: ours.accountId, ...rest }, options);
      const none = await app.trpc(path, { accountId: absent.accountId, ...rest }, options);
      expect(foreign.status).toBe(403);
      expect(same(foreign, ours.accountId)).toEqual(same(none, absent.accountId));
    }
  });

  test('app id cannot be probed by choosing it', async () => {
    const choose = (id: string) =>
      app.trpc('apps.create', { id, name: 'Mine' }, { token: otherAccount.token() });
    const [taken, free] = [await choose(ours.appId), await choose(absent.appId)];
    expect(taken.status).toBe(400);
    expect(same(taken, ours.appId)).toEqual(same(free, absent.appId));
  });
});
