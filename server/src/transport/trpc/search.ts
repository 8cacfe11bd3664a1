import { searchInput, searchResult, timelineInput, timelinePage } from '@tocsin/shared';
import { listProcedure, procedure, router } from './init.ts';
import { toPageRequest } from './paging.ts';

export const searchRouter = router({
  /** Finds objects by ids, names, hosts, descriptions and values of payloads. */
  find: procedure
    .input(searchInput)
    .output(searchResult)
    .query(async ({ ctx, input }) => await ctx.services.search.find(ctx.actor, input)),

  /** Returns the events of a customer, an app or a webhook, newest first, with their verdicts. */
  timeline: listProcedure
    .input(timelineInput)
    .output(timelinePage)
    .query(async ({ ctx, input: { cursor, limit, ...subject } }) => {
      return await ctx.services.search.timeline(ctx.actor, subject, toPageRequest({ cursor, limit }));
    }),
});
