import {
  alertChannelById,
  alertChannelView,
  alertHistoryInput,
  alertMessageView,
  alertRuleById,
  alertRuleView,
  alertSettings,
  alertTestResult,
  createAlertChannelInput,
  createAlertRuleInput,
  createdAlertChannel,
  deletedAlertObject,
  listAlertChannelsInput,
  listAlertRulesInput,
  pageSchema,
  updateAlertChannelInput,
  updateAlertRuleInput,
} from '@tocsin/shared';
import { listProcedure, procedure, router } from './init.ts';
import { toPageRequest } from './paging.ts';

export const alertChannelsRouter = router({
  create: procedure
    .input(createAlertChannelInput)
    .output(createdAlertChannel)
    .mutation(async ({ ctx, input }) => await ctx.services.alertChannels.create(ctx.actor, input)),
  list: listProcedure
    .input(listAlertChannelsInput)
    .output(pageSchema(alertChannelView))
    .query(
      async ({ ctx, input }) => await ctx.services.alertChannels.list(ctx.actor, input, toPageRequest(input)),
    ),
  update: procedure
    .input(updateAlertChannelInput)
    .output(alertChannelView)
    .mutation(async ({ ctx, input }) => await ctx.services.alertChannels.update(ctx.actor, input)),
  delete: procedure
    .input(alertChannelById)
    .output(deletedAlertObject)
    .mutation(async ({ ctx, input }) => await ctx.services.alertChannels.delete(ctx.actor, input.id)),
  /** Sends a test message at once. */
  test: procedure
    .input(alertChannelById)
    .output(alertTestResult)
    .mutation(async ({ ctx, input }) => await ctx.services.alertChannels.test(ctx.actor, input.id)),
});

export const alertRulesRouter = router({
  create: procedure
    .input(createAlertRuleInput)
    .output(alertRuleView)
    .mutation(async ({ ctx, input }) => await ctx.services.alertRules.create(ctx.actor, input)),
  list: listProcedure
    .input(listAlertRulesInput)
    .output(pageSchema(alertRuleView))
    .query(
      async ({ ctx, input }) => await ctx.services.alertRules.list(ctx.actor, input, toPageRequest(input)),
    ),
  update: procedure
    .input(updateAlertRuleInput)
    .output(alertRuleView)
    .mutation(async ({ ctx, input }) => await ctx.services.alertRules.update(ctx.actor, input)),
  delete: procedure
    .input(alertRuleById)
    .output(deletedAlertObject)
    .mutation(async ({ ctx, input }) => await ctx.services.alertRules.delete(ctx.actor, input.id)),
});

export const alertsRouter = router({
  /** Lists the messages that were sent to channels, newest first. */
  history: listProcedure
    .input(alertHistoryInput)
    .output(pageSchema(alertMessageView))
    .query(async ({ ctx, input: { cursor, limit, ...filter } }) => {
      return await ctx.services.alertHistory.history(ctx.actor, filter, toPageRequest({ cursor, limit }));
    }),
  settings: procedure
    .output(alertSettings)
    .query(async ({ ctx }) => await ctx.services.alertHistory.settings(ctx.actor)),
});
