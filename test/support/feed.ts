import type { ChangeStreamInsertDocument, Document } from 'mongodb';
import { expect } from 'vitest';
import { originPosition } from '../../server/src/domain/feed-position.ts';
import type { OutputOf, TestApp } from './app.ts';
import { loginData } from './publishing.ts';

export type FeedPage = OutputOf<'feed.read'>;

/** Publishes events one after the other, each in a call of its own, and returns their ids. */
export async function publishSome(
  app: TestApp,
  appId: string,
  count: number,
  event = 'user.login',
): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    ids.push((await app.call('events.publish', { appId, event, data: loginData })).id);
  }
  await untilInFeed(app, appId, ids.at(-1));
  return ids;
}

/** Waits until a read of the feed has an event: it comes a moment after its call has returned. */
async function untilInFeed(app: TestApp, appId: string, id: string | undefined): Promise<void> {
  const read = async () => (await app.call('feed.read', { appId, limit: 1_000 })).items.at(-1)?.id;
  await expect.poll(read, { timeout: 10_000 }).toBe(id);
}

/** Publishes events in batches of several sizes, until `count` are stored. */
export async function publishBatches(app: TestApp, appId: string, count: number): Promise<void> {
  for (let left = count, size = 1; left > 0; left -= size, size = Math.min(left, (size % 7) + 1)) {
    const events = Array.from({ length: size }, () => ({ appId, event: 'user.login', data: loginData }));
    const results = await app.call('events.publishMany', { events });
    if (!results.every(({ ok }) => ok)) throw new Error(JSON.stringify(results));
  }
}

/** Collects the ids of an app's events in the order in which a change stream of the database yields them. */
export async function recordCommits(app: TestApp, appId: string) {
  const stream = app.db
    .collection('events')
    .watch<Document, ChangeStreamInsertDocument>([
      { $match: { operationType: 'insert', 'fullDocument.appId': appId } },
    ]);
  const ids: string[] = [];
  // Opens the stream, so that it misses no event.
  await stream.tryNext();
  return {
    /** Reads on until there are `count` ids. */
    async read(count: number): Promise<readonly string[]> {
      while (ids.length < count) ids.push(String((await stream.next()).documentKey._id));
      return ids;
    },
    [Symbol.asyncDispose]: async () => await stream.close(),
  };
}

/** Reads to the end of the feed, or until there are `count` events. */
export async function readAll(
  app: TestApp,
  input: {
    readonly appId: string;
    readonly after?: string;
    readonly limit?: number;
    readonly types?: string[];
  },
  count = 0,
): Promise<FeedPage> {
  const items: FeedPage['items'] = [];
  let { after } = input;
  for (;;) {
    const waitMs = items.length < count ? 5_000 : 0;
    const page = await app.call('feed.read', { ...input, ...(after !== undefined && { after }), waitMs });
    items.push(...page.items);
    after = page.cursor;
    if (!page.hasMore && items.length >= count) return { items, cursor: after, hasMore: false };
  }
}

/** Input of `feed.commit` that creates a consumer. */
export function aFeedCommit(appId: string) {
  return { appId, consumer: 'billing', cursor: originPosition };
}

/** Creates a consumer. Returns the input of `feed.deleteConsumer`. */
export async function aFeedConsumer(app: TestApp, appId: string) {
  const { consumer } = await app.call('feed.commit', { ...aFeedCommit(appId), consumer: 'leaving' });
  return { appId, consumer };
}
