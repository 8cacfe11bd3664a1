import type { CallOptions } from '../call-options.ts';
import type { ListPage } from './iterate.ts';

/** A procedure that changes nothing. Retried after temporary failures. */
export interface Query<TInput, TOutput> {
  readonly query: ProcedureCall<TInput, TOutput>;
}

/** A query that returns a list in pages. */
export interface ListQuery<TInput, TItem> extends Query<TInput, ListPage<TItem>> {
  /**
   * Iterates over the items of all pages. Requests each page when the previous one is used up.
   *
   * @example
   * for await (const { id, reason } of tocsin.deliveries.list.iterate({ appId, status: 'failed' })) {
   *   console.log(id, reason);
   * }
   */
  readonly iterate: ListIteration<TInput, TItem>;
}

/**
 * A procedure that changes something. Retried if the server asks for it, or the request was not sent. If the
 * input has an `idempotencyKey`, the client sets one and also retries without a response, and the call takes
 * effect once. With a key of the caller, it is retried after every temporary failure.
 */
export interface Mutation<TInput, TOutput> {
  readonly mutate: ProcedureCall<TInput, TOutput>;
}

/** Calls a procedure. The input is optional if the server requires none. */
export type ProcedureCall<TInput, TOutput> = undefined extends TInput
  ? (input?: TInput, options?: CallOptions) => Promise<TOutput>
  : (input: TInput, options?: CallOptions) => Promise<TOutput>;

/** Iterates over the items of all pages. */
export type ListIteration<TInput, TItem> = undefined extends TInput
  ? (input?: FirstPage<TInput>, options?: CallOptions) => AsyncGenerator<TItem, void, undefined>
  : (input: FirstPage<TInput>, options?: CallOptions) => AsyncGenerator<TItem, void, undefined>;

type FirstPage<TInput> = Omit<Exclude<TInput, undefined>, 'cursor'>;
