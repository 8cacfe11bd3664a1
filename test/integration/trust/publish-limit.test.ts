import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { FakeClock } from '../../support/clock.ts';
import { loginData } from '../../support/publishing.ts';

/* Publishing has a limit of its own for each key: a burst of 60,000 events, 30,000 a second. */

/** The clock stands still, so nothing is given back but by its being moved. */
const clock = new FakeClock();
let app: TestApp;
let appId: string;

beforeAll(async () => {
  app = await startTestApp({ clock, env: { ROLE: 'api' } });
  appId = await app.createApp();
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const publication = { event: 'user.login', data: loginData };

const rest = (token: string, body: unknown = publication) =>
  app.rest('POST', `/v1/apps/${appId}/events`, body, { token });
const trpc = (token: string, input: unknown = { appId, ...publication }) =>
  app.trpc('events.publish', input, { token });
/** Counted, and refused each for itself, so that it costs no 60,000 events. */
const many = (token: string, count: number) =>
  app.trpc('events.publishMany', { events: Array.from({ length: count }, () => 0) }, { token });

/** A key that may publish so many events more. */
async function keyWith(left: number): Promise<string> {
  const { key } = await app.createKey();
  const wanted = 60_000 - left;
  const counts = Array.from({ length: Math.ceil(wanted / 500) }, (_, call) =>
    Math.min(500, wanted - call * 500),
  );
  const answers = await Promise.all(counts.map((count) => many(key, count)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  return key;
}

const message = 'more than 30000 events per second with this key; retry in 1 s';

describe('a key that published its burst', () => {
  test('is told over REST when to come back, in the contract’s words, and its event is not stored', async () => {
    const key = await keyWith(1);
    expect((await rest(key)).status).toBe(202);
    const before = await app.fingerprint();
    const { status, headers, text } = await rest(key);
    expect([status, headers.get('retry-after')]).toEqual([429, '1']);
    expect(text).toBe(JSON.stringify({ error: 'rate_limited', message }));
    expect(await app.fingerprint()).toEqual(before);
    clock.advance(1);
    const taken = await Promise.all(Array.from({ length: 31 }, () => rest(key)));
    expect(taken.filter((answer) => answer.status === 202)).toHaveLength(30);
    expect(taken.filter((answer) => answer.status === 429)).toHaveLength(1);
  });

  test('is told the same over tRPC, where a call with too many events takes none of them and counts as one', async () => {
    const key = await keyWith(401);
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

  test('has used what is one limit over both, and counts what it got wrong', async () => {
    const key = await keyWith(3);
    expect((await rest(key, { event: 'nonsense' })).status).toBe(400);
    expect((await trpc(key, { nonsense: true })).status).toBe(400);
    expect((await rest(key)).status).toBe(202);
    expect([(await rest(key)).status, (await trpc(key)).status]).toEqual([429, 429]);
  });

  test('can do everything else, and no other key is held back by it', async () => {
    const key = await keyWith(0);
    expect((await rest(key)).status).toBe(429);
    expect((await app.rest('GET', `/v1/apps/${appId}/webhooks`, undefined, { token: key })).status).toBe(200);
    const { key: other } = await app.createKey();
    expect((await rest(other)).status).toBe(202);
    expect((await rest(app.rootToken)).status).toBe(202);
  });
});

test('publishing goes on where management has used up its own, lower limit', async () => {
  const { key } = await app.createKey();
  const list = () => app.rest('GET', `/v1/apps/${appId}/webhooks`, undefined, { token: key });
  await Promise.all(Array.from({ length: 100 }, list));
  expect((await list()).status).toBe(429);
  const published = await Promise.all(Array.from({ length: 150 }, () => rest(key)));
  expect(new Set(published.map(({ status }) => status))).toEqual(new Set([202]));
});
