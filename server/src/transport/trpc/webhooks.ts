import * as z from 'zod';
import {
  createWebhookInput,
  createdWebhook,
  deleteWebhookInput,
  listWebhookSummariesInput,
  listWebhooksInput,
  pageSchema,
  preview,
  previewInput,
  rotateSecretInput,
  rotatedWebhook,
  sampleResult,
  sendSampleInput,
  sendWaitingInput,
  sendWaitingResult,
  testResult,
  updatedWebhook,
  updateWebhookInput,
  webhookActivity,
  webhookActivityInput,
  webhookBacklog,
  webhookBacklogInput,
  webhookId,
  webhookSummaries,
  webhookView,
} from '@tocsin/shared';
import { listProcedure, procedure, router } from './init.ts';

const byId = z.strictObject({ id: webhookId });

/** tRPC has no mount: it accesses all webhooks of an app and all event types of the catalog. */
const everyMount = { mount: null } as const;

export const webhooksRouter = router({
  create: procedure
    .input(createWebhookInput)
    .output(createdWebhook)
    .mutation(async ({ ctx, input }) => await ctx.services.webhooks.create(ctx.actor, input, everyMount)),
  list: listProcedure
    .input(listWebhooksInput)
    .output(pageSchema(webhookView))
    .query(async ({ ctx, input }) => await ctx.services.webhookLists.list(ctx.actor, input)),
  /** Lists webhooks of one or all apps, with what a table shows of them. */
  summaries: listProcedure
    .input(listWebhookSummariesInput)
    .output(webhookSummaries)
    .query(async ({ ctx, input }) => await ctx.services.webhookLists.summaries(ctx.actor, input)),
  get: procedure
    .input(byId)
    .output(webhookView)
    .query(async ({ ctx, input }) => await ctx.services.webhooks.get(ctx.actor, input.id)),
  update: procedure
    .input(updateWebhookInput)
    .output(updatedWebhook)
    .mutation(async ({ ctx, input: { id, ...change } }) => {
      const { webhooks } = ctx.services;
      return await webhooks.update(ctx.actor, await webhooks.find(ctx.actor, id, 'webhooks:write'), change);
    }),
  delete: procedure
    .input(deleteWebhookInput)
    .output(z.object({ id: webhookId, deleted: z.literal(true).describe('Always true.') }))
    .mutation(async ({ ctx, input: { id, expectedRevision } }) => {
      const { webhooks } = ctx.services;
      const webhook = await webhooks.find(ctx.actor, id, 'webhooks:write');
      return await webhooks.delete(ctx.actor, webhook, expectedRevision);
    }),
  test: procedure
    .input(byId)
    .output(testResult)
    .mutation(async ({ ctx, input }) => {
      const { webhooks, testWebhook } = ctx.services;
      return await testWebhook(ctx.actor, await webhooks.find(ctx.actor, input.id, 'webhooks:write'));
    }),
  backlog: procedure
    .input(webhookBacklogInput)
    .output(webhookBacklog)
    .query(async ({ ctx, input }) => await ctx.services.recovery.readBacklog(ctx.actor, input)),
  /** Makes all waiting deliveries of a webhook due now. */
  sendWaiting: procedure
    .input(sendWaitingInput)
    .output(sendWaitingResult)
    .mutation(async ({ ctx, input }) => await ctx.services.recovery.sendWaiting(ctx.actor, input)),
  /** Sends the example of an event type to one webhook only. */
  sendSample: procedure
    .input(sendSampleInput)
    .output(sampleResult)
    .mutation(async ({ ctx, input }) => await ctx.services.recovery.sendSample(ctx.actor, input)),
  activity: procedure
    .input(webhookActivityInput)
    .output(webhookActivity)
    .query(async ({ ctx, input }) => await ctx.services.readWebhookActivity(ctx.actor, input)),
  preview: procedure
    .input(previewInput)
    .output(preview)
    .query(async ({ ctx, input }) => await ctx.services.preview(ctx.actor, input)),
  rotateSecret: procedure
    .input(rotateSecretInput)
    .output(rotatedWebhook)
    .mutation(async ({ ctx, input }) => await ctx.services.webhooks.rotateSecret(ctx.actor, input)),
});
