import type {
  AnyTRPCProcedure,
  inferProcedureInput,
  inferTransformedProcedureOutput,
  TRPCRouterRecord,
} from '@trpc/server';
import type { AppRouter } from '@tocsin/server/api';

type Root = AppRouter['_def']['_config']['$types'];

/** An input with lists that cannot be changed, which the client accepts. */
type JsonInput<T> = unknown extends T
  ? T
  : T extends readonly (infer TItem)[]
    ? readonly JsonInput<TItem>[]
    : T extends object
      ? { [K in keyof T]: JsonInput<T[K]> }
      : T;

type Call<TInput, TOutput> = undefined extends TInput
  ? (input?: JsonInput<TInput>) => Promise<TOutput>
  : (input: JsonInput<TInput>) => Promise<TOutput>;

type ProcedureClient<TProcedure extends AnyTRPCProcedure> = TProcedure['_def']['type'] extends 'query'
  ? { query: Call<inferProcedureInput<TProcedure>, inferTransformedProcedureOutput<Root, TProcedure>> }
  : TProcedure['_def']['type'] extends 'mutation'
    ? { mutate: Call<inferProcedureInput<TProcedure>, inferTransformedProcedureOutput<Root, TProcedure>> }
    : { subscribe: unknown };

/** A client type of the procedures of a router. */
export type RecordClient<TRecord extends TRPCRouterRecord> = {
  [K in keyof TRecord]: TRecord[K] extends AnyTRPCProcedure
    ? ProcedureClient<TRecord[K]>
    : TRecord[K] extends TRPCRouterRecord
      ? RecordClient<TRecord[K]>
      : never;
};

/**
 * A client type inferred from the server's router, to compare the client's written types with. The client has the feed
 * as a method of its own.
 */
export type RouterClient = RecordClient<Omit<AppRouter['_def']['record'], 'feed'>>;

/** The paths of all procedures: `webhooks.create` and so on. */
export type ProcedurePaths<TApi> = {
  [K in keyof TApi & string]: { [P in keyof TApi[K] & string]: `${K}.${P}` }[keyof TApi[K] & string];
}[keyof TApi & string];

/** A function with the parameters of a method. The compiler compares those of methods in both directions. */
type Strict<TCall> = TCall extends (...args: infer TArguments) => infer TResult
  ? (...args: TArguments) => TResult
  : never;

/** The client's types without `iterate`, which only the client has. */
export type ProcedureCalls<TApi> = {
  [K in keyof TApi]: {
    [P in keyof TApi[K]]: {
      [C in Exclude<keyof TApi[K][P], 'iterate'>]: Strict<TApi[K][P][C]>;
    };
  };
};
