import {
  deleteFeedConsumerInput,
  deletedFeedConsumer,
  feedCommitInput,
  feedCommitResult,
  feedConsumers,
  feedConsumersInput,
  feedPage,
  feedReadInput,
} from '@tocsin/shared';
import { consumeProcedure, procedure, router } from './init.ts';

export const feedRouter = router({
  /** Returns events after a cursor, in commit order. With `waitMs`, waits for one (long poll). */
  read: consumeProcedure
    .input(feedReadInput)
    .output(feedPage)
    .query(async ({ ctx, input, signal }) => {
      const ended = signal === undefined ? ctx.closing : AbortSignal.any([signal, ctx.closing]);
      return await ctx.services.feed.read(ctx.actor, input, ended);
    }),

  /** Stores the cursor of a consumer, by compare-and-set if an expected cursor is given. */
  commit: consumeProcedure
    .input(feedCommitInput)
    .output(feedCommitResult)
    .mutation(async ({ ctx, input }) => await ctx.services.feed.commit(ctx.actor, input)),

  consumers: procedure
    .input(feedConsumersInput)
    .output(feedConsumers)
    .query(async ({ ctx, input }) => await ctx.services.feed.listConsumers(ctx.actor, input.appId)),

  deleteConsumer: procedure
    .input(deleteFeedConsumerInput)
    .output(deletedFeedConsumer)
    .mutation(async ({ ctx, input: { appId, consumer } }) => {
      await ctx.services.feed.deleteConsumer(ctx.actor, appId, consumer);
      return { consumer, deleted: true as const };
    }),
});
