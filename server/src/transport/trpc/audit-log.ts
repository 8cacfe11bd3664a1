import { auditEntryView, auditListInput, pageSchema } from '@tocsin/shared';
import { procedure, router } from './init.ts';
import { pageRequest } from './paging.ts';

export const auditLogRouter = router({
  list: procedure
    .input(auditListInput)
    .output(pageSchema(auditEntryView))
    .query(async ({ ctx, input: { cursor, limit, ...query } }) => {
      return await ctx.services.audit.list(ctx.actor, query, pageRequest({ cursor, limit }));
    }),
});
