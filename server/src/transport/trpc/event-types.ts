import * as z from 'zod';
import {
  deleteEventTypeInput,
  eventTypeDetail,
  eventTypeListItem,
  getEventTypeInput,
  listEventTypesInput,
  pageSchema,
  registerEventTypesInput,
  registeredEventTypes,
} from '@tocsin/shared';
import { listProcedure, procedure, router } from './init.ts';

export const eventTypesRouter = router({
  register: procedure
    .input(registerEventTypesInput)
    .output(registeredEventTypes)
    .mutation(async ({ ctx, input }) => await ctx.services.eventTypes.register(ctx.actor, input)),
  list: listProcedure
    .input(listEventTypesInput)
    .output(pageSchema(eventTypeListItem))
    .query(async ({ ctx, input }) => await ctx.services.eventTypes.list(ctx.actor, input)),
  get: procedure
    .input(getEventTypeInput)
    .output(eventTypeDetail)
    .query(async ({ ctx, input: { type, accountId } }) => {
      return await ctx.services.eventTypes.get(ctx.actor, type, accountId);
    }),
  delete: procedure
    .input(deleteEventTypeInput)
    .output(
      z.object({
        type: z.string().describe('Name of the deleted event type.'),
        deleted: z.literal(true).describe('Always true.'),
      }),
    )
    .mutation(async ({ ctx, input: { type, accountId } }) => {
      return await ctx.services.eventTypes.delete(ctx.actor, type, accountId);
    }),
});
