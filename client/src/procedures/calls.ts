import type { CallOptions } from '../call-options.ts';
import type { ListPage } from './iterate.ts';

/** A procedure that changes nothing. Repeated by itself when it fails in a way that may pass. */
export interface Query<TInput, TOutput> {
  readonly query: ProcedureCall<TInput, TOutput>;
}

/** A query that answers pages. */
export interface ListQuery<TInput, TItem> extends Query<TInput, ListPage<TItem>> {
  /**
   * All items, page after page.
   *
   * @example
   * for await (const { id, reason } of tocsin.deliveries.list.iterate({ appId, status: 'failed' })) console.log(id, reason);
   */
  readonly iterate: ListIteration<TInput, TItem>;
}

/** A procedure that changes something. Repeated only when the server says that nothing was changed. */
export interface Mutation<TInput, TOutput> {
  readonly mutate: ProcedureCall<TInput, TOutput>;
}

/** One call. The input may be left out where the server does not need one. */
export type ProcedureCall<TInput, TOutput> = undefined extends TInput
  ? (input?: TInput, options?: CallOptions) => Promise<TOutput>
  : (input: TInput, options?: CallOptions) => Promise<TOutput>;

/** A walk over all pages. */
export type ListIteration<TInput, TItem> = undefined extends TInput
  ? (input?: FirstPage<TInput>, options?: CallOptions) => AsyncGenerator<TItem, void, undefined>
  : (input: FirstPage<TInput>, options?: CallOptions) => AsyncGenerator<TItem, void, undefined>;

type FirstPage<TInput> = Omit<Exclude<TInput, undefined>, 'cursor'>;
