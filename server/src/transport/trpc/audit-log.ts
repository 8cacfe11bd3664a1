import { auditEntryView, listAuditEntriesInput, pageSchema } from '@tocsin/shared';
import { procedure, router } from './init.ts';
import { pageRequest } from './paging.ts';

export const auditLogRouter = router({
  list: procedure
    .input(listAuditEntriesInput)
    .output(pageSchema(auditEntryView))
    .query(async ({ ctx, input: { cursor, limit, ...filter } }) => {
      return await ctx.services.audit.list(ctx.actor, filter, pageRequest({ cursor, limit }));
    }),
});
