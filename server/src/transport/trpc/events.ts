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
import { publishEach, type Publication } from '../../services/events/publish.ts';
import { invalidInput } from '../http/invalid-input.ts';
import { liveProcedure, procedure, publishProcedure, router, type TrpcContext } from './init.ts';
import { pageRequest } from './paging.ts';

export const eventsRouter = router({
  types: procedure.output(z.array(eventTypeView)).query(({ ctx }) => ctx.services.events.types()),

  publish: publishProcedure
    .input(publishInput)
    .output(publishResult)
    .mutation(async ({ ctx, input }) => {
      return await ctx.services.publish(ctx.actor, toPublication(input, ctx));
    }),

  /** One result per event, in order; each event is judged by itself, its form included. */
  publishMany: publishProcedure
    .input(publishManyInput)
    .output(publishManyResult)
    .mutation(async ({ ctx, input }) => {
      const { publish, limits, access } = ctx.services;
      // A matter of the caller and not of an event: said once, and before anything is counted.
      access.requireScope(ctx.actor, 'events:publish');
      // The first was counted with the call.
      limits.publish.take(ctx.actor, input.events.length - 1);
      const publications = input.events.map((candidate) => {
        const parsed = publishInput.safeParse(candidate);
        return parsed.success ? toPublication(parsed.data, ctx) : invalidInput(parsed.error.issues);
      });
      return await publishEach(publications, (publication) => publish(ctx.actor, publication));
    }),

  /**
   * Events as they are accepted, in commit order. Each carries a cursor as its SSE id: after a lost connection the
   * same subscription with `lastEventId` misses nothing and repeats nothing. A null item tells only the place.
   */
  subscribe: liveProcedure.input(subscribeInput).subscription(async function* ({ ctx, input, signal }) {
    const ends = signal === undefined ? ctx.closing : AbortSignal.any([signal, ctx.closing]);
    const call = { authenticate: ctx.actor, signal: ends };
    for await (const { cursor, event } of ctx.services.subscribe(input, call)) yield tracked(cursor, event);
  }),

  get: procedure
    .input(z.strictObject({ id: eventId }))
    .output(eventView)
    .query(async ({ ctx, input }) => await ctx.services.events.get(ctx.actor, input.id)),

  explain: procedure
    .input(z.strictObject({ id: eventId }))
    .output(eventExplanation)
    .query(async ({ ctx, input }) => await ctx.services.explain(ctx.actor, input.id)),

  list: procedure
    .input(listEventsInput)
    .output(pageSchema(eventView))
    .query(async ({ ctx, input: { cursor, limit, ...filter } }) => {
      return await ctx.services.events.list(ctx.actor, filter, pageRequest({ cursor, limit }));
    }),
});

/** Field by field: spreading what zod answers is slow, and runs for every event (bench/README.md). */
function toPublication(
  input: PublishInput,
  { traceparent, requestId }: Pick<TrpcContext, 'traceparent' | 'requestId'>,
): Publication {
  const { appId: app, event, data, idempotencyKey, timestamp } = input;
  return { appId: app, event, data, idempotencyKey, timestamp, traceparent, requestId };
}
