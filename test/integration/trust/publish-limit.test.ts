import { beforeAll, describe, expect, test } from 'vitest';
import { FakeClock } from '../../support/clock.ts';
import { useTestApp } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';

/*
 * Publishing has its own limit: a burst of 60,000 events, then 30,000 a second. It applies to each key of the
 * operator's account, and to all keys of another account together.
 */

/** Stands still unless a test moves it, so no tokens come back by themselves: 30 for each ms. */
const clock = new FakeClock();
const burst = 60_000;
const perMs = 30;
/** A process asks for more events at most this often, in ms. */
const leaseEveryMs = 20;
const app = useTestApp({ clock, env: { ROLE: 'api' } });
let appId: string;
let key: string;

beforeAll(async () => {
  appId = await app.createApp();
  ({ key } = await app.createKey());
  // One call at a time, because many at once delay the responses of the database.
  // A call that the database did not answer in time did not count.
  for (let used = 0; used < burst;) {
    const { status } = await many(key, 500);
    if (status === 429) throw new Error(`the burst ended after ${used} events`);
    if (status === 200) used += 500;
  }
});

const publication = { event: 'user.login', data: loginData };

const rest = (token: string, body: unknown = publication) =>
  app.rest('POST', `/v1/apps/${appId}/events`, body, { token });
const trpc = (token: string, input: unknown = { appId, ...publication }) =>
  app.trpc('events.publish', input, { token });
/** Events of one call that all count, although each is invalid: storing them would take long. */
const many = (token: string, count: number) =>
  app.trpc('events.publishMany', { events: Array.from({ length: count }, () => 0) }, { token });

/** Leaves the key with this many events that it may still publish. */
async function leave(count: number): Promise<void> {
  while ((await many(key, 1)).status === 200);
  clock.advance(leaseEveryMs);
  let surplus = leaseEveryMs * perMs - count;
  for (; surplus > 500; surplus -= 500) expect((await many(key, 500)).status).toBe(200);
  expect((await many(key, surplus)).status).toBe(200);
}

const message = 'more than 30000 events per second with this key; retry in 1 s';

test('a key may publish its burst and not one event more', async () => {
  expect((await many(key, 1)).status).toBe(429);
  const { key: fresh } = await app.createKey();
  expect((await many(fresh, 500)).status).toBe(200);
});

describe('a key that used up its burst', () => {
  test('gets Retry-After over REST in the words of the contract, and its event is not stored', async () => {
    await leave(1);
    expect((await rest(key)).status).toBe(202);
    const before = await app.fingerprint();
    const { status, headers, text } = await rest(key);
    expect([status, headers.get('retry-after')]).toEqual([429, '1']);
    expect(text).toBe(JSON.stringify({ error: 'rate_limited', message }));
    expect(await app.fingerprint()).toEqual(before);
    await leave(30);
    const taken = await Promise.all(Array.from({ length: 31 }, () => rest(key)));
    expect(taken.filter((answer) => answer.status === 202)).toHaveLength(30);
    expect(taken.filter((answer) => answer.status === 429)).toHaveLength(1);
  });

  test('gets the same over tRPC, where a call with too many events counts as one event', async () => {
    await leave(401);
    const tooMany = await many(key, 402);
    expect((await many(key, 399)).status).toBe(200);
    expect((await trpc(key)).status).toBe(200);
    for (const answer of [tooMany, await trpc(key)]) {
      expect(answer.status).toBe(429);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.error).toMatchObject({
        message,
        data: { tocsin: { code: 'RATE_LIMITED', retryable: true, retryAfterSeconds: 1 } },
      });
    }
  });

  test('has one limit over both APIs, which invalid events count against', async () => {
    await leave(3);
    expect((await rest(key, { event: 'nonsense' })).status).toBe(400);
    expect((await trpc(key, { nonsense: true })).status).toBe(400);
    expect((await rest(key)).status).toBe(202);
    expect([(await rest(key)).status, (await trpc(key)).status]).toEqual([429, 429]);
  });

  test('can make all other calls, and other keys can publish', async () => {
    await leave(0);
    expect((await rest(key)).status).toBe(429);
    expect((await app.rest('GET', `/v1/apps/${appId}/webhooks`, undefined, { token: key })).status).toBe(200);
    const { key: other } = await app.createKey();
    expect((await rest(other)).status).toBe(202);
    expect((await rest(app.rootToken)).status).toBe(202);
  });
});

test('all keys of an account share its limit, and other accounts are not affected', async () => {
  const [accountId, other] = [await app.createAccount(), await app.createAccount()];
  const [first, second, foreign] = [
    await app.createKey({ accountId }),
    await app.createKey({ accountId }),
    await app.createKey({ accountId: other }),
  ];
  for (let used = 0; used < burst; used += 1_000) {
    expect((await many(first.key, 500)).status).toBe(200);
    expect((await many(second.key, 500)).status).toBe(200);
  }
  for (const { key: full } of [first, second]) {
    const { status, error } = await many(full, 1);
    expect(status).toBe(429);
    expect(error?.message).toBe('more than 30000 events per second in this account; retry in 1 s');
  }
  expect((await many(foreign.key, 500)).status).toBe(200);
});

test('a key that used up its management limit can still publish', async () => {
  const { key: busy } = await app.createKey();
  const list = () => app.rest('GET', `/v1/apps/${appId}/webhooks`, undefined, { token: busy });
  await Promise.all(Array.from({ length: 100 }, list));
  expect((await list()).status).toBe(429);
  const published = await Promise.all(Array.from({ length: 150 }, () => rest(busy)));
  expect(new Set(published.map(({ status }) => status))).toEqual(new Set([202]));
});
