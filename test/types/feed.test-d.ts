import type { FeedConsumer, FeedPage, TocsinClient } from '@tocsin/client';
import { describe, expectTypeOf, it } from 'vitest';
import type { acme } from './acme.ts';

declare const tocsin: TocsinClient;
declare const own: TocsinClient<typeof acme>;

describe('the feed', () => {
  it('has events that are discriminated by their type, and only the selected ones', async () => {
    const consumer = tocsin.feed('app_1').consumer('billing', { types: ['user.ban', 'license.*'] });
    for await (const event of consumer) {
      expectTypeOf(event.cursor).toEqualTypeOf<string>();
      switch (event.type) {
        case 'user.ban':
          expectTypeOf(event.data.reason).toEqualTypeOf<string>();
          break;
        case 'license.revoked':
          expectTypeOf(event.data.licenseKey).toEqualTypeOf<string>();
          break;
        case 'unknown':
          expectTypeOf(event.eventType).toEqualTypeOf<string>();
          break;
        default:
          expectTypeOf(event.type).toExtend<`license.${string}`>();
      }
      // @ts-expect-error it is not selected
      if (event.type === 'user.login') break;
    }
    await consumer.run((event) => void (event.type === 'user.ban' && event.data.reason));
    await consumer.runBatches((events) => {
      for (const { id } of events) expectTypeOf(id).toEqualTypeOf<string>();
    });
    const page = await tocsin.feed('app_1').read({ types: ['user.ban'], waitMs: 1_000 });
    expectTypeOf(page).toExtend<FeedPage<unknown>>();
    expectTypeOf(page.items[0]?.type).toEqualTypeOf<'user.ban' | 'unknown' | undefined>();
  });

  it('has the events of an own catalog, which have to be listed', async () => {
    const consumer = own.feed('app_1').consumer('billing', { types: ['invoice.paid'] });
    expectTypeOf(consumer).toExtend<FeedConsumer<unknown>>();
    for await (const event of consumer) {
      expectTypeOf(event.type).toEqualTypeOf<'invoice.paid' | 'unknown'>();
    }
    // @ts-expect-error types are required
    own.feed('app_1').consumer('billing');
    // @ts-expect-error types are required
    void own.feed('app_1').read();
  });

  it('rejects what does not exist', () => {
    // @ts-expect-error the app is required
    tocsin.feed();
    // @ts-expect-error there is no such type
    tocsin.feed('app_1').consumer('billing', { types: ['user.bann'] });
    // @ts-expect-error there is no such start
    tocsin.feed('app_1').consumer('billing', { start: 'middle' });
    // @ts-expect-error a handler is required
    void tocsin.feed('app_1').consumer('billing').run();
  });
});
