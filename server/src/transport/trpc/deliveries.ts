import * as z from 'zod';
import {
  cancelInput,
  cancelManyInput,
  cancelResult,
  changedDeliveries,
  deliveryDetail,
  deliveryId,
  deliveryView,
  listDeliveriesInput,
  listReplaysInput,
  pageSchema,
  replayId,
  replayInput,
  replayStarted,
  replayView,
  resendInput,
  retryInput,
  retryManyInput,
} from '@tocsin/shared';
import { listProcedure, procedure, router } from './init.ts';
import { toPageRequest } from './paging.ts';

const byId = z.strictObject({ id: deliveryId });

export const deliveriesRouter = router({
  list: listProcedure
    .input(listDeliveriesInput)
    .output(pageSchema(deliveryView))
    .query(async ({ ctx, input: { cursor, limit, ...filter } }) => {
      return await ctx.services.deliveries.list(ctx.actor, filter, toPageRequest({ cursor, limit }));
    }),
  get: procedure
    .input(byId)
    .output(deliveryDetail)
    .query(async ({ ctx, input }) => await ctx.services.deliveries.get(ctx.actor, input.id)),
  /** Resends finished deliveries of a webhook in the background. `dryRun` only counts them. */
  replay: procedure
    .input(replayInput)
    .output(replayStarted)
    .mutation(async ({ ctx, input }) => await ctx.services.replays.start(ctx.actor, input)),
  replays: listProcedure
    .input(listReplaysInput)
    .output(pageSchema(replayView))
    .query(async ({ ctx, input: { cursor, limit, ...filter } }) => {
      return await ctx.services.replays.list(ctx.actor, filter, toPageRequest({ cursor, limit }));
    }),
  cancelReplay: procedure
    .input(z.strictObject({ id: replayId }))
    .output(replayView)
    .mutation(async ({ ctx, input }) => await ctx.services.replays.cancel(ctx.actor, input.id)),
  /** Cancels pending deliveries of a webhook, except those being sent. `dryRun` only counts them. */
  cancel: procedure
    .input(cancelInput)
    .output(cancelResult)
    .mutation(async ({ ctx, input }) => await ctx.services.cancellation.cancel(ctx.actor, input)),
  /** Sends up to 200 deliveries again, with a result for each. */
  retryMany: procedure
    .input(retryManyInput)
    .output(changedDeliveries)
    .mutation(async ({ ctx, input }) => await ctx.services.deliveries.retryMany(ctx.actor, input)),
  /** Cancels up to 200 pending deliveries, with a result for each. */
  cancelMany: procedure
    .input(cancelManyInput)
    .output(changedDeliveries)
    .mutation(async ({ ctx, input }) => await ctx.services.deliveries.cancelMany(ctx.actor, input)),
  retry: procedure
    .input(retryInput)
    .output(deliveryDetail)
    .mutation(async ({ ctx, input }) => await ctx.services.deliveries.retry(ctx.actor, input)),
  /** Sends an event to a webhook of its app, whatever the webhook is subscribed to. */
  resend: procedure
    .input(resendInput)
    .output(deliveryDetail)
    .mutation(async ({ ctx, input }) => await ctx.services.deliveries.resend(ctx.actor, input)),
});
