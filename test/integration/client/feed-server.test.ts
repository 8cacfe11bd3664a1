import { createTocsinClient } from '@tocsin/client';
import { describe, expect, it } from 'vitest';
import { useTestApp } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';

const app = useTestApp();

const createClient = (token = app.rootToken) => createTocsinClient({ url: app.url, token });

describe('a consumer of a real server', () => {
  it('gets what two publishers commit, each once and in one order, and continues where it stopped', async () => {
    const appId = await app.createApp();
    const [one, other] = [createClient(), createClient()];
    const consume = async (count: number) => {
      const tocsin = createClient();
      const seen: string[] = [];
      const consumer = tocsin.feed(appId).consumer('billing', { types: ['user.*'], batchSize: 20 });
      const stop = new AbortController();
      await consumer.run(
        ({ id }) => {
          if (seen.push(id) === count) stop.abort();
        },
        { signal: stop.signal },
      );
      await tocsin.close();
      return seen;
    };
    const publish = async (client: ReturnType<typeof createClient>, count: number) =>
      await Promise.all(
        Array.from(
          { length: count },
          async () => (await client.publish('user.login', { appId, data: loginData })).id,
        ),
      );
    const early = await publish(one, 10);
    const consuming = consume(75);
    const late = await Promise.all([publish(one, 60), publish(other, 60)]);
    const first = await consuming;
    const second = await consume(55);
    expect(new Set([...first, ...second])).toEqual(new Set([...early, ...late.flat()]));
    expect([...first, ...second]).toHaveLength(130);
    const { items } = await one.feed(appId).read({ limit: 1_000 });
    expect(items.map(({ id }) => id)).toEqual([...first, ...second]);
    await Promise.all([one.close(), other.close()]);
  });

  it('fails with CONFLICT when another one has moved its cursor', async () => {
    const appId = await app.createApp();
    const tocsin = createClient();
    for (let n = 0; n < 3; n++) await tocsin.publish('user.login', { appId, data: loginData });
    const { items } = await tocsin.feed(appId).read();
    const [first = '', second = '', third = ''] = items.map(({ cursor }) => cursor);
    const [one, other] = [0, 1].map(() => tocsin.feed(appId).consumer('own', { commit: 'manual' }));
    await one?.commit(first);
    await other?.commit(second);
    await expect(one?.commit(third)).rejects.toMatchObject({ code: 'CONFLICT', retryable: false });
    await other?.commit(third);
    expect(await tocsin.feed(appId).consumers()).toMatchObject([{ consumer: 'own', cursor: third }]);
    await tocsin.feed(appId).deleteConsumer('own');
    expect(await tocsin.feed(appId).consumers()).toEqual([]);
    await tocsin.close();
  });

  it('says which scope its key lacks', async () => {
    const appId = await app.createApp();
    const { key } = await app.createKey({ scopes: ['events:read'] });
    await app.call('events.publish', { appId, event: 'user.login', data: loginData });
    const tocsin = createClient(key);
    const running = tocsin
      .feed(appId)
      .consumer('billing')
      .run(() => undefined);
    await expect(running).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
    await tocsin.close();
  });
});
