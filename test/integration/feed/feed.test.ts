import { describe, expect, it } from 'vitest';
import { useTestApp } from '../../support/fixtures.ts';

const app = useTestApp();

describe('the pull feed', () => {
  it('returns the events of an app in order, page by page, and waits at its end', async () => {
    const appId = await app.createApp();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await publish(appId, n));
    const first = await app.call('feed.read', { appId, limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(first.hasMore).toBe(true);
    const second = await app.call('feed.read', { appId, after: first.cursor });
    expect(second.items.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second.hasMore).toBe(false);
    const waiting = app.call('feed.read', { appId, after: second.cursor, waitMs: 10_000 });
    const late = await publish(appId, 6);
    expect((await waiting).items.map(({ id }) => id)).toEqual([late]);
  });
});

async function publish(appId: string, n: number): Promise<string> {
  const { id } = await app.call('events.publish', {
    appId,
    event: 'user.login',
    data: { userId: `usr_${n}`, username: 'ada', ip: '203.0.113.7', hwid: 'h', appId },
  });
  return id;
}
