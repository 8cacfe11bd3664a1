import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { FakeClock } from '../../support/clock.ts';
import { openEventStream, type EventStream } from '../../support/event-stream.ts';
import { loginData } from '../../support/publishing.ts';
async function publish(
  app: TestApp,
  appId: string,
  count: number,
  data: object = loginData,
): Promise<string[]> {
  const events = Array.from({ length: count }, () => ({ appId, event: 'user.login', data }));
  const results = await app.call('events.publishMany', { events });
  return results.map((result) => ('id' in result ? result.id : ''));
}

/** Event ids in the order in which they were committed. */
async function committed(app: TestApp): Promise<string[]> {
  const entries = await app.db.client
    .db('local')
    .collection('oplog.rs')
    .find({ ns: `${app.database}.events`, op: 'i' })
    .sort({ $natural: 1 })
    .toArray();
  return entries.map((entry) => (entry['o'] as { _id: string })._id);
}

/** Change streams that are open on the app's database. */
async function countChangeStreams(app: TestApp): Promise<number> {
  const operations = await app.db.client
    .db('admin')
    .aggregate([
      { $currentOp: { idleCursors: true, localOps: true } },
      {
        $match: {
          ns: `${app.database}.events`,
          'cursor.originatingCommand.pipeline.0.$changeStream': { $exists: true },
        },
      },
    ])
    .toArray();
  return operations.length;
}

const openMany = (app: TestApp, count: number, token: string, input: object = {}) =>
  Array.from({ length: count }, () => openEventStream(app, input, token));

const untilOpen = async (streams: readonly EventStream[]) => {
  const waiting = () => streams.filter(({ text }) => !/^id: |error/m.test(text)).length;
  await expect.poll(waiting, { timeout: 20_000 }).toBe(0);
};

const accepted = (streams: readonly EventStream[]) => streams.filter(({ text }) => !text.includes('error'));

const withLogin = (username: string) => ({ ...loginData, username });

describe('live subscriptions', () => {
  it('share one change stream, which closes after the last of them', async () => {
    await using app = await startTestApp();
    const appId = await app.createApp();
    const { key } = await app.createKey();
    const streams = openMany(app, 60, key);
    await untilOpen(streams);
    const [id] = await publish(app, appId, 1);
    for (const stream of streams) await expect.poll(() => stream.eventIds).toEqual([id]);
    expect(await countChangeStreams(app)).toBe(1);
    for (const stream of streams) stream.close();
    await expect.poll(() => countChangeStreams(app)).toBe(0);
  });

  it('of one key, of one account and of all accounts leave places for others and the operator', async () => {
    await using app = await startTestApp();
    const keys: string[] = [];
    const accountId = await app.createAccount();
    for (let n = 0; n < 3; n++) {
      keys.push((await app.createKey({ accountId, scopes: ['events:read'] })).key);
    }
    const first = openMany(app, 101, keys[0] ?? '');
    await untilOpen(first);
    expect(accepted(first)).toHaveLength(100);
    const rejected = first.find(({ text }) => text.includes('error'));
    expect(rejected?.text).toContain('this key already has 100 live subscriptions');
    expect(rejected?.text).toContain('"code":"RATE_LIMITED","retryable":true');
    const rest = [...openMany(app, 60, keys[1] ?? ''), ...openMany(app, 60, keys[2] ?? '')];
    await untilOpen(rest);
    expect(accepted(rest).length).toBeLessThanOrEqual(100);
    const bob = await app.createKey({ accountId: await app.createAccount(), scopes: ['events:read'] });
    const others = [openEventStream(app, {}, bob.key), openEventStream(app)];
    await untilOpen(others);
    expect(accepted(others)).toHaveLength(2);
    for (const stream of [...first, ...rest, ...others]) stream.close();
  });

  it('end when their key is revoked while they are idle, also in another process', async () => {
    const database = `test_${randomBytes(8).toString('hex')}`;
    const env = {
      ROOT_TOKEN: 'root_token_of_both_processes',
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    };
    // Its time stands still, so no subscription is checked again without a notification.
    const clock = new FakeClock(Date.now());
    await using one = await startTestApp({ database, env, clock });
    await using two = await startTestApp({ database, env, clock });
    const { id, key } = await one.createKey();
    const other = await one.createKey();
    const streams = [openEventStream(one, {}, key), openEventStream(two, {}, key)];
    const kept = openEventStream(two, {}, other.key);
    await untilOpen([...streams, kept]);
    await one.call('keys.revoke', { id });
    for (const stream of streams) {
      await expect.poll(() => stream.isEnded).toBe(true);
      expect(stream.text).toContain('UNAUTHENTICATED');
    }
    expect(kept.isEnded).toBe(false);
    kept.close();
  });

  it('end when their app is deleted, and those of the account see nothing more of it', async () => {
    await using app = await startTestApp({ clock: new FakeClock(Date.now()) });
    const [mine, other] = [await app.createApp(), await app.createApp()];
    const { key } = await app.createKey();
    const [one, all] = [openEventStream(app, { appId: mine }, key), openEventStream(app, {}, key)];
    await untilOpen([one, all]);
    await app.call('apps.delete', { id: mine });
    await expect.poll(() => one.isEnded).toBe(true);
    expect(one.text).toContain('FORBIDDEN');
    // An event that was accepted just before the deletion, and committed after it.
    const [shown] = await publish(app, other, 1);
    await app.db
      .collection<{ _id: string }>('events')
      .aggregate([
        { $match: { _id: shown } },
        { $set: { _id: 'evt_late', appId: mine } },
        { $merge: { into: 'events' } },
      ])
      .toArray();
    const [last] = await publish(app, other, 1);
    await expect.poll(() => all.eventIds).toEqual([shown, last]);
    all.close();
  });

  it('include apps that the account creates later', async () => {
    await using app = await startTestApp();
    const { key } = await app.createKey();
    const stream = openEventStream(app, {}, key);
    await untilOpen([stream]);
    const [id] = await publish(app, await app.createApp(), 1);
    await expect.poll(() => stream.eventIds).toEqual([id]);
    stream.close();
  });

  it('resume all at once after a restart, each without a gap or a repeat', async () => {
    const database = `test_${randomBytes(8).toString('hex')}`;
    const env = {
      ROOT_TOKEN: 'root_token_of_both_processes',
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    };
    await using first = await startTestApp({ database, env });
    const [appId, otherAppId] = [await first.createApp(), await first.createApp()];
    const { key } = await first.createKey();
    const before = openEventStream(first, { appId }, key);
    await untilOpen([before]);
    await first.stop();
    await using second = await startTestApp({ database, env });
    await publish(second, appId, 100);
    await publish(second, otherAppId, 100);
    const resumed = openMany(second, 40, key, { appId, lastEventId: before.cursor });
    for (let n = 0; n < 10; n++) {
      await publish(second, appId, 10);
      await publish(second, otherAppId, 10);
    }
    const mine = new Set(
      (await second.db.collection<{ _id: string }>('events').find({ appId }).toArray()).map(({ _id }) => _id),
    );
    const expected = (await committed(second)).filter((id) => mine.has(id));
    expect(expected).toHaveLength(200);
    for (const stream of resumed) {
      await expect.poll(() => stream.eventIds.length, { timeout: 30_000 }).toBe(200);
      expect(stream.eventIds).toEqual(expected);
      stream.close();
    }
  }, 60_000);

  it('that read nothing delay no other, and miss nothing when they read again', async () => {
    await using app = await startTestApp();
    const appId = await app.createApp();
    let readOn = () => {};
    const untilRead = new Promise<void>((resolve) => (readOn = resolve));
    const slow = openEventStream(app, {}, app.rootToken, untilRead);
    const quick = openEventStream(app);
    await untilOpen([slow, quick]);
    const big = withLogin('x'.repeat(20_000));
    const ids: string[] = [];
    for (let n = 0; n < 60; n++) ids.push(...(await publish(app, appId, 20, big)));
    await expect.poll(() => quick.eventIds.length, { timeout: 20_000 }).toBe(1_200);
    const slowCount = /^tocsin_subscriptions_slow_total (\d+)$/m.exec(
      (await app.rest('GET', '/metrics')).text,
    )?.[1];
    expect(Number(slowCount)).toBeGreaterThan(0);
    readOn();
    await expect.poll(() => slow.eventIds.length, { timeout: 30_000 }).toBe(1_200);
    expect(slow.eventIds).toEqual(quick.eventIds);
    expect(new Set(quick.eventIds)).toEqual(new Set(ids));
    slow.close();
    quick.close();
  }, 60_000);
});
