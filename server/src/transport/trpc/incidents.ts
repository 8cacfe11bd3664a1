import * as z from 'zod';
import {
  countIncidentsInput,
  incidentCounts,
  incidentId,
  incidentView,
  listIncidentsInput,
  listUnhealthyInput,
  noteIncidentInput,
  pageSchema,
  snoozeIncidentInput,
  unhealthyWebhook,
} from '@tocsin/shared';
import { listProcedure, procedure, router } from './init.ts';
import { toPageRequest } from './paging.ts';

export const incidentsRouter = router({
  list: listProcedure
    .input(listIncidentsInput)
    .output(pageSchema(incidentView))
    .query(async ({ ctx, input: { cursor, limit, ...filter } }) => {
      return await ctx.services.incidents.list(ctx.actor, filter, toPageRequest({ cursor, limit }));
    }),
  get: procedure
    .input(z.strictObject({ id: incidentId }))
    .output(incidentView)
    .query(async ({ ctx, input }) => await ctx.services.incidents.get(ctx.actor, input.id)),
  /** Counts the open incidents. */
  count: procedure
    .input(countIncidentsInput)
    .output(incidentCounts)
    .query(async ({ ctx, input }) => await ctx.services.incidents.count(ctx.actor, input)),
  /** Lists webhooks that are failing, paused or disabled, with their backlogs. */
  webhooks: listProcedure
    .input(listUnhealthyInput)
    .output(pageSchema(unhealthyWebhook))
    .query(async ({ ctx, input: { cursor, limit, ...filter } }) => {
      return await ctx.services.listUnhealthy(ctx.actor, filter, toPageRequest({ cursor, limit }));
    }),
  /** Marks an incident as needing no attention until a time. */
  snooze: procedure
    .input(snoozeIncidentInput)
    .output(incidentView)
    .mutation(async ({ ctx, input }) => await ctx.services.incidents.snooze(ctx.actor, input)),
  /** Sets or removes the note of an incident. */
  note: procedure
    .input(noteIncidentInput)
    .output(incidentView)
    .mutation(async ({ ctx, input }) => await ctx.services.incidents.note(ctx.actor, input)),
});
