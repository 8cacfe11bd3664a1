import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { MongoClient, type Db } from 'mongodb';
import { readClientPair } from '../../support/client-pair.ts';
import { loginData } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';
import { startServerProcess, testRootToken, type ServerProcess } from '../../support/server-process.ts';

/**
 * Plants secrets, runs all code that could repeat them, including faults of the database, and searches the
 * output: the trace log, the responses, the metrics and the audit log.
 */
const planted = {
  chatToken: `chat${randomBytes(12).toString('hex')}`,
  payload: `payload${randomBytes(12).toString('hex')}`,
  header: `header${randomBytes(12).toString('hex')}`,
  queryToken: `query${randomBytes(12).toString('hex')}`,
  clientKey: toKeyText(readClientPair('a').privateKey),
  rootToken: testRootToken,
  encryptionKey: randomBytes(32).toString('base64'),
};

const clientCertificate = readClientPair('a');

/**
 * Places where something is shown on purpose: the customer's own URL and headers, the event's own data, a new
 * secret.
 */
type ShownOnPurpose = 'url' | 'data' | 'secret';

const answers: { what: string; text: string; onPurpose: readonly ShownOnPurpose[] }[] = [];
const shownOnce: string[] = [];
const databaseName = `planted_${randomBytes(6).toString('hex')}`;
const mongodbUri = inject('mongoUri').replace(/\/(\?|$)/, `/${databaseName}$1`);
const client = new MongoClient(mongodbUri);
let server: ServerProcess;
let receiver: Receiver;
let db: Db;
let metrics = '';
let audit = '';

/** One line of a key, which no quoting changes. */
function toKeyText(pem: string): string {
  return pem.split('\n')[2] ?? pem;
}

interface Given {
  readonly token?: string;
  readonly onPurpose?: readonly ShownOnPurpose[];
}

async function send(method: string, path: string, body: unknown, given: Given = {}): Promise<string> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${given.token ?? testRootToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  answers.push({ what: `${method} ${path}`, text, onPurpose: given.onPurpose ?? [] });
  for (const [secret] of text.matchAll(/\b(whsec_|whsk_|tsk_[0-9a-f]{40})[A-Za-z0-9+/=]+/g)) {
    if (given.onPurpose?.includes('secret') === true) shownOnce.push(secret);
  }
  return text;
}

async function call<T>(path: string, input: unknown, given: Given = {}): Promise<T | undefined> {
  const text = await send('POST', `/trpc/${path}`, input, given);
  return (JSON.parse(text) as { result?: { data: T } }).result?.data;
}

const query = (path: string, input: unknown, given?: Given) =>
  send('GET', `/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`, undefined, given);

const appId = 'app_planted';
const data = { ...loginData, username: planted.payload };
const publishing = { appId, event: 'user.login', data };

/** Makes a collection reject every document meanwhile: the driver's error then contains documents. */
async function withRefusedWrites(collection: string, run: () => Promise<void>): Promise<void> {
  await db.command({ collMod: collection, validator: { $jsonSchema: { required: ['never'] } } });
  try {
    await run();
  } finally {
    await db.command({ collMod: collection, validator: {} });
  }
}

const logged = (text: string) =>
  vi.waitFor(() => expect(server.output()).toContain(text), { timeout: 15_000, interval: 50 });

async function driveEverything(): Promise<void> {
  await call('apps.create', { id: appId, name: 'Planted' });
  const chatUrls = [
    `${receiver.origin}/api/webhooks/123456/${planted.chatToken}`,
    `http://127.0.0.1:9/services/T00/B00/${planted.chatToken}`,
  ];
  const webhooks: { id: string; secret: string }[] = [];
  const create = async (given: object) => {
    const input = { appId, events: ['user.login'], url: receiver.url, ...given };
    const made = await call<{ id: string; secret: string }>('webhooks.create', input, {
      onPurpose: ['url', 'secret'],
    });
    if (made === undefined) throw new Error(answers.at(-1)?.text);
    webhooks.push(made);
    return made;
  };
  await create({ url: chatUrls[0], format: 'discord' });
  await create({ url: chatUrls[1], format: 'slack' });
  await create({ headers: { 'x-auth': planted.header }, profile: 'authon' });
  await create({ clientCertificate });
  const private_ = await create({ signing: 'ed25519' });
  const key = await call<{ id: string; key: string }>(
    'keys.create',
    { name: 'k', scopes: ['*'] },
    { onPurpose: ['secret'] },
  );
  if (key === undefined) throw new Error('no key');

  // Valid calls.
  for (const { id } of webhooks) {
    await query('webhooks.get', { id }, { onPurpose: ['url'] });
    await call('webhooks.test', { id });
    await call('webhooks.rotateSecret', { id }, { onPurpose: ['url', 'secret'] });
  }
  await query('webhooks.list', { appId }, { onPurpose: ['url'] });
  await query('keys.list', {});
  await call('events.publish', { ...publishing, idempotencyKey: 'k1' });
  await query('events.list', { appId }, { onPurpose: ['data'] });
  await query('deliveries.list', { appId });

  // Invalid calls.
  await call('events.publish', { ...publishing, data: { ...data, username: 'other' }, idempotencyKey: 'k1' });
  await call('events.publish', {
    ...publishing,
    data: { ...data, ip: { [planted.payload]: planted.payload } },
  });
  await call('events.publish', { ...publishing, data: { ...data, appId: 'another' } });
  await send('POST', `/v1/apps/${appId}/events`, `{"event":"user.login","data":{"${planted.payload}`);
  await send('POST', '/trpc/events.publish', `{"event":"user.login","data":{"${planted.payload}`);
  const badUrl = (url: string) => call('webhooks.create', { appId, url, events: ['user.login'] });
  await badUrl(`https://user:${planted.chatToken}@discord.com/api/webhooks/1/x`);
  await badUrl(`ftp://discord.com/api/webhooks/1/${planted.chatToken}`);
  await badUrl(`discord.com/api/webhooks/1/${planted.chatToken}`);
  await badUrl(`https://discord.com/api/webhooks/1/${planted.chatToken} `);
  const headers = { 'webhook-id': planted.header, 'x-bad': `${planted.header}\r\n` };
  await call('webhooks.create', { appId, url: receiver.url, events: ['user.login'], headers });
  await send('GET', `/v1/apps/${appId}/webhooks?token=${planted.queryToken}`, undefined, {
    token: 'tsk_unknown',
    onPurpose: ['url'],
  });
  await send('GET', `/nowhere?token=${planted.queryToken}`, undefined);
  await call('keys.revoke', { id: key.id });
  await query('apps.list', {}, { token: key.key });
  await send('GET', `/v1/apps/${appId}/webhooks`, undefined, { token: key.key });

  // Faults of the database and of what it holds.
  await withRefusedWrites('events', async () => {
    await call('events.publish', publishing);
    await logged('an event could not be stored');
  });
  await withRefusedWrites('audit_log', async () => {
    await call('webhooks.update', { id: private_.id, description: 'x' }, { onPurpose: ['url'] });
    await logged('could not write an audit entry');
  });
  await withRefusedWrites('webhooks', async () => {
    await call('webhooks.rotateSecret', { id: private_.id });
    await logged('procedure failed');
    await send('POST', `/v1/apps/${appId}/webhooks`, { url: chatUrls[0], events: ['license.created'] });
    await logged('request failed');
  });
  await withRefusedWrites('deliveries', async () => {
    await call('events.publish', publishing);
    await logged('could not write results; retrying');
  });
  await db
    .collection<{ _id: string }>('webhooks')
    .updateOne({ _id: private_.id }, { $set: { secret: 'v1.00000000.AAAA' } });
  await call('webhooks.update', { id: private_.id, description: 'y' }, { onPurpose: ['url'] });
  await call('events.publish', publishing);
  await logged('attempt failed inside the engine');
}

beforeAll(async () => {
  db = client.db(databaseName);
  [server, receiver] = await Promise.all([
    startServerProcess({
      MONGODB_URI: mongodbUri,
      LOG_LEVEL: 'trace',
      ENCRYPTION_KEY: planted.encryptionKey,
      RETRY_SCHEDULE: '20ms,20ms',
    }),
    Receiver.start({ answer: 500 }),
  ]);
  await driveEverything();
  const authorization = `Bearer ${testRootToken}`;
  metrics = await (await fetch(`${server.url}/metrics`, { headers: { authorization } })).text();
  audit = await query('auditLog.list', { limit: 200 });
}, 90_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await client.close();
});

/** Returns the names of the planted secrets that a text contains. */
function leaks(text: string, onPurpose: readonly ShownOnPurpose[] = []): string[] {
  const searched: Record<string, string | undefined> = {
    ...planted,
    ...(onPurpose.includes('url') ? { chatToken: undefined, header: undefined } : {}),
    ...(onPurpose.includes('data') ? { payload: undefined } : {}),
  };
  const found = Object.entries(searched).flatMap(([name, value]) =>
    value !== undefined && text.includes(value) ? [name] : [],
  );
  const again = onPurpose.includes('secret') ? [] : shownOnce.filter((secret) => text.includes(secret));
  return [...found, ...again.map((secret) => secret.slice(0, 6))];
}

test('secrets were planted, and the log had every occasion to repeat them', () => {
  expect(shownOnce.length).toBeGreaterThanOrEqual(9);
  expect(new Set(shownOnce.map((secret) => secret.split('_')[0]))).toEqual(new Set(['whsec', 'whsk', 'tsk']));
  for (const name of Object.values(planted)) expect(name.length).toBeGreaterThan(15);
});

test('none of them is in the log', () => {
  expect(leaks(server.output())).toEqual([]);
});

test('none of them is in an answer that is not meant to show it', () => {
  const leaky = answers.flatMap(({ what, text, onPurpose }) => {
    const found = leaks(text, onPurpose);
    return found.length === 0 ? [] : [{ what, found }];
  });
  expect(leaky).toEqual([]);
});

test('none of them is in the metrics', () => {
  expect(metrics).toContain('tocsin_attempts_total');
  expect(leaks(metrics)).toEqual([]);
});

test('none of them is in the audit log, as it is shown and as it is stored', async () => {
  expect(audit).toContain('webhook.secret_rotated');
  expect(leaks(audit)).toEqual([]);
  expect(leaks(JSON.stringify(await db.collection('audit_log').find().toArray()))).toEqual([]);
});

test('no webhook secret and no key is stored as it was shown', async () => {
  for (const name of ['webhooks', 'keys', 'audit_log', 'events']) {
    const stored = JSON.stringify(await db.collection(name).find().toArray());
    expect(shownOnce.filter((secret) => stored.includes(secret))).toEqual([]);
  }
});
