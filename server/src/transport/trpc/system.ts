import { statsInput, systemAudit, systemAuditInput, systemStats } from '@tocsin/shared';
import { procedure, router } from './init.ts';

export const systemRouter = router({
  /** Is it working: counts over the last 1, 24 or 168 hours, the queue now, and the webhooks that fail. */
  stats: procedure
    .input(statsInput)
    .output(systemStats)
    .query(async ({ ctx, input }) => await ctx.services.stats(ctx.actor, input)),

  /** Is anything lost: the conservation check over the events of a window. */
  audit: procedure
    .input(systemAuditInput.prefault({}))
    .output(systemAudit)
    .query(async ({ ctx, input }) => await ctx.services.reconcile(ctx.actor, input)),
});
