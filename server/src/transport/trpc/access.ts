import * as z from 'zod';
import {
  accountUsage,
  accountUsageInput,
  accountView,
  apiKeyId,
  appDeletionView,
  appId,
  appView,
  countedPageSchema,
  createAccountInput,
  createAppInput,
  createKeyInput,
  createdKey,
  keyView,
  listAccountsInput,
  listAppsInput,
  listKeysInput,
  pageInput,
  pageSchema,
  setLimitsInput,
  rotateKeyInput,
} from '@tocsin/shared';
import { listProcedure, procedure, router } from './init.ts';
import { toPageRequest } from './paging.ts';

export const accountsRouter = router({
  create: procedure
    .input(createAccountInput)
    .output(accountView)
    .mutation(async ({ ctx, input }) => await ctx.services.accounts.create(ctx.actor, input)),
  list: listProcedure
    .input(listAccountsInput)
    .output(countedPageSchema(accountView))
    .query(async ({ ctx, input }) => await ctx.services.accounts.list(ctx.actor, input)),
  /** Returns the limits of an account and how much of each is used. */
  usage: procedure
    .input(accountUsageInput)
    .output(accountUsage)
    .query(async ({ ctx, input }) => await ctx.services.accountUsage.get(ctx.actor, input)),
  setLimits: procedure
    .input(setLimitsInput)
    .output(accountUsage)
    .mutation(async ({ ctx, input }) => await ctx.services.accountUsage.setLimits(ctx.actor, input)),
});

export const keysRouter = router({
  create: procedure
    .input(createKeyInput)
    .output(createdKey)
    .mutation(async ({ ctx, input }) => await ctx.services.keys.create(ctx.actor, input)),
  list: listProcedure
    .input(listKeysInput)
    .output(countedPageSchema(keyView))
    .query(async ({ ctx, input }) => await ctx.services.keys.list(ctx.actor, input)),
  rotate: procedure
    .input(rotateKeyInput)
    .output(createdKey)
    .mutation(async ({ ctx, input }) => await ctx.services.keys.rotate(ctx.actor, input)),
  revoke: procedure
    .input(z.strictObject({ id: apiKeyId }))
    .output(z.object({ id: apiKeyId, revoked: z.literal(true).describe('Always true.') }))
    .mutation(async ({ ctx, input }) => await ctx.services.keys.revoke(ctx.actor, input.id)),
});

export const appsRouter = router({
  create: procedure
    .input(createAppInput)
    .output(appView)
    .mutation(async ({ ctx, input }) => await ctx.services.apps.create(ctx.actor, input)),
  list: listProcedure
    .input(listAppsInput)
    .output(countedPageSchema(appView))
    .query(async ({ ctx, input }) => await ctx.services.apps.list(ctx.actor, input)),
  get: procedure
    .input(z.strictObject({ id: appId }))
    .output(appView)
    .query(async ({ ctx, input }) => await ctx.services.apps.get(ctx.actor, input.id)),
  delete: procedure
    .input(z.strictObject({ id: appId }))
    .output(
      z.object({
        id: z.string().describe('Id of the deleted app.'),
        deleted: z.literal(true).describe('Always true.'),
      }),
    )
    .mutation(async ({ ctx, input }) => await ctx.services.apps.delete(ctx.actor, input.id)),
  /** Lists deleted apps with the progress of their erasure, newest first. */
  deletions: listProcedure
    .input(pageInput)
    .output(pageSchema(appDeletionView))
    .query(async ({ ctx, input }) => await ctx.services.apps.deletions(ctx.actor, toPageRequest(input))),
});
