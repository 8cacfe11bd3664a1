import * as z from 'zod';
import {
  appId,
  cancelInput,
  cancelResult,
  deliveryDetail,
  deliveryId,
  deliveryStatus,
  deliveryView,
  eventId,
  pageSchema,
  replayId,
  replayInput,
  replayStarted,
  replayView,
  webhookId,
} from '@tocsin/shared';
import { procedure, router } from './init.ts';
import { pageFields, pageRequest } from './paging.ts';

const byId = z.strictObject({ id: deliveryId });

export const deliveriesRouter = router({
  list: procedure
    .input(
      z
        .strictObject({
          appId: appId.optional(),
          webhookId: webhookId.optional(),
          eventId: eventId.optional(),
          status: deliveryStatus.optional(),
          ...pageFields,
        })
        .prefault({}),
    )
    .output(pageSchema(deliveryView))
    .query(async ({ ctx, input: { cursor, limit, ...query } }) => {
      return await ctx.services.deliveries.list(ctx.actor, query, pageRequest({ cursor, limit }));
    }),
  get: procedure
    .input(byId)
    .output(deliveryDetail)
    .query(async ({ ctx, input }) => await ctx.services.deliveries.get(ctx.actor, input.id)),
  /** Sends finished deliveries of a webhook again, in the background. `dryRun` only counts. */
  replay: procedure
    .input(replayInput)
    .output(replayStarted)
    .mutation(async ({ ctx, input }) => await ctx.services.replays.start(ctx.actor, input)),
  replays: procedure
    .input(z.strictObject({ webhookId: webhookId.optional(), ...pageFields }).prefault({}))
    .output(pageSchema(replayView))
    .query(async ({ ctx, input }) => await ctx.services.replays.list(ctx.actor, input, pageRequest(input))),
  cancelReplay: procedure
    .input(z.strictObject({ id: replayId }))
    .output(replayView)
    .mutation(async ({ ctx, input }) => await ctx.services.replays.cancel(ctx.actor, input.id)),
  /** Cancels deliveries that wait for a webhook; those under way are left alone. `dryRun` only counts. */
  cancel: procedure
    .input(cancelInput)
    .output(cancelResult)
    .mutation(async ({ ctx, input }) => await ctx.services.cancellation.cancel(ctx.actor, input)),
  retry: procedure
    .input(byId)
    .output(deliveryDetail)
    .mutation(async ({ ctx, input }) => await ctx.services.deliveries.retry(ctx.actor, input.id)),
});
