import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { publishBatches, recordCommits, type FeedPage } from '../../support/feed.ts';

/** How often reads of the consumer are cut off. */
const cuts = Number(process.env['FEED_CUTS'] ?? 20);

/** Events that each of the two processes publishes: 12 for each cut. */
const eventsEach = cuts * 12;

describe('the feed with two processes that publish', () => {
  it(
    'has each event once, in the order of the commits, however often its consumer is cut off',
    async () => {
      const database = `feed_${randomBytes(8).toString('hex')}`;
      await using first = await startTestApp({ database });
      const second = await startTestApp({ database });
      await using third = await startTestApp({ database });
      const appId = await first.createApp();
      const start = await first.call('feed.read', { appId, start: 'newest' });
      await using commits = await recordCommits(first, appId);
      const published = Promise.all([
        publishBatches(first, appId, eventsEach),
        publishBatches(first, appId, eventsEach),
        // Stops afterwards, so that another process takes over if it writes the log.
        publishBatches(second, appId, eventsEach).then(() => second[Symbol.asyncDispose]()),
        publishBatches(third, appId, eventsEach),
      ]);
      const total = 4 * eventsEach;
      const consumer = new CutConsumer([first, third], appId, start.cursor);
      await Promise.all([published, consumer.readUntil(total, cuts)]);
      expect(consumer.ids).toEqual(await commits.read(total));
      expect(consumer.cuts).toBeGreaterThanOrEqual(cuts);
      // From the beginning, out of the log alone.
      const again = new CutConsumer([third], appId, start.cursor);
      await again.readUntil(total, 0);
      expect(again.ids).toEqual(consumer.ids);
    },
    60_000 + cuts * 2_000,
  );
});

/** A consumer that keeps the cursor of what it has processed, and whose requests are cut off at random. */
class CutConsumer {
  readonly ids: string[] = [];
  readonly #apps: readonly TestApp[];
  readonly #appId: string;
  #cursor: string;
  #turn = 0;
  cuts = 0;

  constructor(apps: readonly TestApp[], appId: string, cursor: string) {
    this.#apps = apps;
    this.#appId = appId;
    this.#cursor = cursor;
  }

  async readUntil(count: number, minCuts: number): Promise<void> {
    while (this.ids.length < count || this.cuts < minCuts) {
      const isCut = minCuts > 0 && Math.random() < 0.5;
      const page = await this.#read(isCut ? AbortSignal.timeout(Math.floor(Math.random() * 25)) : undefined);
      if (page === undefined) this.cuts++;
      else this.#process(page);
    }
  }

  /** Processes a part of a page at most, as a consumer does that is killed. */
  #process({ items, cursor }: FeedPage): void {
    const some = Math.random() < 0.3 ? items.slice(0, Math.ceil(items.length / 2)) : items;
    for (const { id } of some) this.ids.push(id);
    this.#cursor = some.length < items.length ? (some.at(-1)?.cursor ?? this.#cursor) : cursor;
  }

  async #read(signal: AbortSignal | undefined): Promise<FeedPage | undefined> {
    const { url, rootToken } = this.#apps[this.#turn++ % this.#apps.length] ?? { url: '', rootToken: '' };
    const query = new URLSearchParams({
      after: this.#cursor,
      limit: String(1 + Math.floor(Math.random() * 40)),
      waitMs: '200',
    });
    try {
      const response = await fetch(`${url}/api/v1/apps/${this.#appId}/feed?${query.toString()}`, {
        headers: { authorization: `Bearer ${rootToken}` },
        ...(signal && { signal }),
      });
      const page: unknown = await response.json();
      if (!response.ok) throw new Error(JSON.stringify(page));
      return page as FeedPage; // the output of the procedure
    } catch (error) {
      if (signal?.aborted === true) return undefined;
      throw error;
    }
  }
}
