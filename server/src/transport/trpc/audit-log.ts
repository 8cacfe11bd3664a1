import { auditEntryView, listAuditEntriesInput, pageSchema } from '@tocsin/shared';
import { listProcedure, router } from './init.ts';
import { toPageRequest } from './paging.ts';

export const auditLogRouter = router({
  list: listProcedure
    .input(listAuditEntriesInput)
    .output(pageSchema(auditEntryView))
    .query(async ({ ctx, input: { cursor, limit, ...filter } }) => {
      return await ctx.services.audit.list(ctx.actor, filter, toPageRequest({ cursor, limit }));
    }),
});
