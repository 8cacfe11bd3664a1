import type {
  TRPC_ERROR_CODE_KEY,
  TRPC_ERROR_CODE_NUMBER,
  TRPCBuiltRouter,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
  TRPCRouterRecord,
  TRPCSubscriptionProcedure,
} from '@trpc/server';
import type {
  BuiltInEvents,
  EventName,
  EventSelector,
  EventsOf,
  InputData,
  Problem,
  SuggestedName,
} from '@tocsin/shared';
import type { ClientErrorCode } from '../errors.ts';
import type { Api, EventsApi } from '../procedures/api.ts';
import type { Published } from '../publish/types.ts';

/*
 * The router of the server as @trpc/client needs it, from the types that the client has of its procedures.
 * test/types/trpc.test-d.ts compares it with the server's router.
 */

/** The error of a call, `error.shape`. */
export interface TrpcErrorShape {
  message: string;
  code: TRPC_ERROR_CODE_NUMBER;
  data: TrpcErrorData;
}

/** The data of an error, `error.data`. */
export interface TrpcErrorData {
  /** tRPC's code, which is coarser than that of `tocsin`. */
  code: TRPC_ERROR_CODE_KEY;
  httpStatus: number;
  /** The procedure. */
  path?: string | undefined;
  tocsin: TocsinErrorData;
}

/** What Tocsin says about an error, `error.data.tocsin`. */
export interface TocsinErrorData {
  /** A code of the server's error table, or, with `tocsinLink`, one of the client's own. */
  code: ClientErrorCode;
  /** With `tocsinLink`, the code of a newer server that the package does not know: `code` is `UNRECOGNIZED`. */
  serverCode?: string | undefined;
  /** Whether the same call, unchanged, may succeed later. */
  retryable: boolean;
  /** The server's id of the request. It identifies the request in the server's log. */
  requestId?: string | undefined;
  /** The delay that the server asks for, in seconds. */
  retryAfterSeconds?: number | undefined;
  /** What is wrong with the input, field by field. Missing for an error about something else. */
  errors?: readonly Problem[] | undefined;
}

/** Input of `events.publish`. `E` is the map of events. */
export type NewEvent<E = BuiltInEvents> = { [K in EventName<E>]: NewEventOf<K, E> }[EventName<E>];

/** Input of `events.publish` for the event type `K`. */
export interface NewEventOf<K extends keyof E, E> {
  readonly appId: string;
  readonly event: K;
  /**
   * Version of the event type that `data` has.
   * @default the newest one
   */
  readonly version?: number | undefined;
  /** The event's payload. The `appId` of a built-in event is optional in it. */
  readonly data: InputData<K, E>;
  /**
   * Makes repeated calls safe. 1 to 128 visible ASCII characters.
   * @default none; `tocsinLink` sets a random key
   */
  readonly idempotencyKey?: string | undefined;
  /**
   * When the event happened, ISO 8601 with an offset.
   * @default the time at which the server accepts the event
   */
  readonly timestamp?: string | undefined;
  /**
   * The W3C `traceparent` of the event. Its deliveries join this trace.
   * @default the option `traceparent` of `tocsinLink`, or the header of the request
   */
  readonly traceparent?: string | undefined;
}

/** A result of `events.publishMany`. The results are in the order of the events. */
export type PublishManyResult =
  | (Published & { readonly ok: true })
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
      /** The delay before the event should be sent again, in seconds. Missing if any delay is fine. */
      readonly retryAfterSeconds?: number | undefined;
      /** The wrong fields of the event, up to 20. Empty if the error is not about a field. */
      readonly errors: readonly Problem[];
    };

/** Input of `events.subscribe`. */
export interface NewSubscription<E = BuiltInEvents> {
  /**
   * Only events of this app.
   * @default every app that the key may read
   */
  readonly appId?: string | undefined;
  /**
   * Only events of these types, as names or patterns.
   * @default all types
   */
  readonly types?: EventSelector<E>[] | undefined;
  /**
   * The `id` of the last processed item. The subscription starts with the event after it.
   * @default the time of the call
   */
  readonly lastEventId?: string | null | undefined;
}

/** An item of `events.subscribe`. */
export interface SubscriptionItem<E = BuiltInEvents> {
  /** The position in the stream. Pass it as `lastEventId` to resume after this item. */
  readonly id: string;
  /** The event. Null if the item only moves the position. */
  readonly data: SubscribedEvent<E> | null;
}

/** An event of `events.subscribe`. */
export interface SubscribedEvent<E = BuiltInEvents> {
  readonly id: string;
  readonly appId: string;
  readonly type: SuggestedName<E>;
  /** When the event happened, as the publisher says. */
  readonly timestamp: string;
  readonly data: Record<string, unknown>;
}

/** The procedures of events that the client has methods of its own for. */
interface EventProcedures<E> {
  readonly publish: TRPCMutationProcedure<Definition<NewEvent<E>, { id: string; deliveries: number }>>;
  readonly publishMany: TRPCMutationProcedure<
    Definition<
      {
        readonly events: readonly NewEvent<E>[];
        /** Whether the events of each app are stored in the listed order. @default false */
        readonly ordered?: boolean | undefined;
      },
      PublishManyResult[]
    >
  >;
  readonly subscribe: TRPCSubscriptionProcedure<
    Definition<NewSubscription<E> | undefined, AsyncIterable<SubscriptionItem<E>, void, unknown>>
  >;
}

interface Definition<TInput, TOutput> {
  input: TInput;
  output: TOutput;
  meta: object;
}

/** A procedure of @trpc/server for a method of the client's `Api`. */
type ToProcedure<TCall> = TCall extends {
  readonly query: (input: infer TInput, ...rest: never) => Promise<infer TOutput>;
}
  ? TRPCQueryProcedure<Definition<TInput, TOutput>>
  : TCall extends { readonly mutate: (input: infer TInput, ...rest: never) => Promise<infer TOutput> }
    ? TRPCMutationProcedure<Definition<TInput, TOutput>>
    : never;

type AppRecord<E> = {
  [K in keyof Api<E>]: K extends 'events'
    ? EventRecord<E>
    : { [P in keyof Api<E>[K]]: ToProcedure<Api<E>[K][P]> };
};

type EventRecord<E> = {
  [P in keyof EventsApi<E> | keyof EventProcedures<E>]: P extends keyof EventProcedures<E>
    ? EventProcedures<E>[P]
    : P extends keyof EventsApi<E>
      ? ToProcedure<EventsApi<E>[P]>
      : never;
};

/** The compiler cannot see by itself that the record of every map of events fits. */
type RouterRecord<T> = T extends TRPCRouterRecord ? T : never;

interface RootTypes {
  ctx: object;
  meta: object;
  errorShape: TrpcErrorShape;
  transformer: false;
}

/**
 * The type of the server's router, for `createTRPCClient`, TanStack Query and other clients of tRPC. `C` is a
 * catalog or a map of events.
 *
 * @example
 * const trpc = createTRPCClient<AppRouter>({ links: [tocsinLink({ url, token })] });
 * const { items } = await trpc.deliveries.list.query({ status: 'failed' });
 */
export type AppRouter<C = BuiltInEvents> = TRPCBuiltRouter<RootTypes, RouterRecord<AppRecord<EventsOf<C>>>>;
