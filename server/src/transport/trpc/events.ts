import { tracked } from '@trpc/server';
import * as z from 'zod';
import {
  eventExplanation,
  eventId,
  eventTypeView,
  eventView,
  listEventsInput,
  pageSchema,
  publishInput,
  publishManyInput,
  publishManyResult,
  publishResult,
  subscribeInput,
  type PublishInput,
} from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { publishEach, type Publication } from '../../services/events/publish.ts';
import { beforeDeadline, toPublishDeadline } from '../../services/events/publish-deadline.ts';
import { toTraceparent } from '../http/traceparent.ts';
import { inputErrorFromJson, inputErrorFromValue } from '../http/input-error.ts';
import {
  listProcedure,
  liveProcedure,
  procedure,
  publishProcedure,
  router,
  type TrpcContext,
} from './init.ts';
import { findEventProblems, rejectProblems } from './input-problems.ts';
import { toPageRequest } from './paging.ts';

export const eventsRouter = router({
  types: procedure.output(z.array(eventTypeView)).query(({ ctx }) => ctx.services.events.types()),

  publish: publishProcedure
    .input(publishInput)
    .output(publishResult)
    .mutation(async ({ ctx, input, batchIndex = 0 }) => {
      rejectProblems(ctx.inputProblems, batchIndex);
      return await ctx.services.publish(ctx.actor, toPublication(input, ctx));
    }),

  /** Returns one result per event, in order. Each event is validated separately. */
  publishMany: publishProcedure
    .input(publishManyInput)
    .output(publishManyResult)
    .mutation(async ({ ctx, input, batchIndex = 0 }) => {
      const { publish, limits, access } = ctx.services;
      ctx.setBatchSize?.(input.events.length);
      // A missing scope fails the whole call, before it counts against the rate limit.
      access.requireScope(ctx.actor, 'events:publish');
      // The procedure's middleware has counted the first event.
      const taken = limits.publish.take(ctx.actor, input.events.length - 1);
      await beforeDeadline(taken, toPublishDeadline(ctx.startedAt, ctx.actor.deadline));
      const problems = findEventProblems(ctx.inputProblems, batchIndex);
      const publications = input.events.map((candidate, index) => {
        const found = problems.get(index);
        if (found !== undefined) return inputErrorFromJson(found);
        const parsed = publishInput.safeParse(candidate);
        return parsed.success
          ? toPublication(parsed.data, ctx)
          : inputErrorFromValue(publishInput, candidate, 'the event');
      });
      return await publishEach(publications, (publication) => publish(ctx.actor, publication), input.ordered);
    }),

  /**
   * Streams events in commit order as they are accepted. The SSE id of an event is its cursor: a client that
   * reconnects with `lastEventId` misses and repeats nothing. A null item only advances the cursor.
   */
  subscribe: liveProcedure.input(subscribeInput).subscription(async function* ({ ctx, input, signal }) {
    const ended = signal === undefined ? ctx.closing : AbortSignal.any([signal, ctx.closing]);
    const call = { authenticate: ctx.actor, signal: ended };
    const items = ctx.services.subscriptions.subscribe(input, call);
    for await (const { cursor, event } of items) yield tracked(cursor, event);
  }),

  get: procedure
    .input(z.strictObject({ id: eventId }))
    .output(eventView)
    .query(async ({ ctx, input }) => await ctx.services.events.get(ctx.actor, input.id)),

  explain: procedure
    .input(z.strictObject({ id: eventId }))
    .output(eventExplanation)
    .query(async ({ ctx, input }) => await ctx.services.explain(ctx.actor, input.id)),

  list: listProcedure
    .input(listEventsInput)
    .output(pageSchema(eventView))
    .query(async ({ ctx, input: { cursor, limit, ...filter } }) => {
      return await ctx.services.events.list(ctx.actor, filter, toPageRequest({ cursor, limit }));
    }),
});

type PublishContext = Pick<TrpcContext, 'traceparent' | 'requestId' | 'startedAt'> & {
  readonly actor: Actor;
};

/** Field by field, because spreading zod's output is slow and this runs for every event. */
function toPublication(
  input: PublishInput,
  { traceparent: traceOfCall, requestId, startedAt, actor }: PublishContext,
): Publication {
  const { appId: app, event, version, data, idempotencyKey, timestamp } = input;
  const traceparent = input.traceparent === undefined ? traceOfCall : toTraceparent(input.traceparent);
  const deadline = toPublishDeadline(startedAt, actor.deadline);
  return { appId: app, event, version, data, idempotencyKey, timestamp, traceparent, requestId, deadline };
}
