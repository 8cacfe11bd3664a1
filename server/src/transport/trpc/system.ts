import { statsInput, systemAudit, systemAuditInput, systemStats } from '@tocsin/shared';
import { procedure, router } from './init.ts';

export const systemRouter = router({
  /** Returns counts of the last 1, 24 or 168 hours, the state of the queue, and failing webhooks. */
  stats: procedure
    .input(statsInput)
    .output(systemStats)
    .query(async ({ ctx, input }) => await ctx.services.stats(ctx.actor, input)),

  /** Reconciliation: checks that every accepted event in a time window has its deliveries. */
  audit: procedure
    .input(systemAuditInput.prefault({}))
    .output(systemAudit)
    .query(async ({ ctx, input }) => await ctx.services.reconcile(ctx.actor, input)),
});
