import type {
  AnyTRPCProcedure,
  inferProcedureInput,
  inferTransformedProcedureOutput,
  TRPCRouterRecord,
} from '@trpc/server';
import type { AppRouter } from '@tocsin/server/api';

type Root = AppRouter['_def']['_config']['$types'];

type Call<TInput, TOutput> = undefined extends TInput
  ? (input?: TInput) => Promise<TOutput>
  : (input: TInput) => Promise<TOutput>;

type ProcedureClient<TProcedure extends AnyTRPCProcedure> = TProcedure['_def']['type'] extends 'query'
  ? { query: Call<inferProcedureInput<TProcedure>, inferTransformedProcedureOutput<Root, TProcedure>> }
  : TProcedure['_def']['type'] extends 'mutation'
    ? { mutate: Call<inferProcedureInput<TProcedure>, inferTransformedProcedureOutput<Root, TProcedure>> }
    : { subscribe: unknown };

type RecordClient<TRecord extends TRPCRouterRecord> = {
  [K in keyof TRecord]: TRecord[K] extends AnyTRPCProcedure
    ? ProcedureClient<TRecord[K]>
    : TRecord[K] extends TRPCRouterRecord
      ? RecordClient<TRecord[K]>
      : never;
};

/** The server as its router describes it: what the client's written types are held against. */
export type RouterClient = RecordClient<AppRouter['_def']['record']>;

/** The paths of all procedures: `webhooks.create` and so on. */
export type PathsOf<TApi> = {
  [K in keyof TApi & string]: { [P in keyof TApi[K] & string]: `${K}.${P}` }[keyof TApi[K] & string];
}[keyof TApi & string];

/** A client's types without what the client adds to them. */
export type CallsOf<TApi> = {
  [K in keyof TApi]: { [P in keyof TApi[K]]: Omit<TApi[K][P], 'iterate'> };
};
