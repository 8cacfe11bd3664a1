import type { CallOptions } from '../call-options.ts';
import type { ListPage } from './iterate.ts';

/** A procedure that changes nothing. Retried after temporary failures. `TCall` is the function that calls it. */
export interface Query<TCall> {
  /** Calls the procedure. */
  readonly query: TCall;
}

/** A query that returns a list in pages. */
export interface ListQuery<TCall> extends Query<TCall> {
  /**
   * Iterates over the items of all pages. Requests each page when the previous one is used up.
   *
   * @example
   * for await (const { id, reason } of tocsin.deliveries.list.iterate({ appId, status: 'failed' })) {
   *   console.log(id, reason);
   * }
   */
  readonly iterate: ListIteration<TCall>;
}

/**
 * A procedure that changes something. Retried if the server asks for it, or the request was not sent. If the
 * input has an `idempotencyKey`, the client sets one and also retries without a response, and the call takes
 * effect once. With a key of the caller, it is retried after every temporary failure.
 */
export interface Mutation<TCall> {
  /** Calls the procedure. */
  readonly mutate: TCall;
}

/** Iterates over the items of all pages. `TCall` is the function that returns a page. */
export type ListIteration<TCall> = TCall extends (
  input: infer TInput,
  options?: CallOptions,
) => Promise<ListPage<infer TItem>>
  ? undefined extends TInput
    ? (
        input?: FirstPage<Exclude<TInput, undefined>>,
        options?: CallOptions,
      ) => AsyncGenerator<TItem, void, undefined>
    : (input: FirstPage<TInput>, options?: CallOptions) => AsyncGenerator<TItem, void, undefined>
  : never;

type FirstPage<TInput> = Omit<TInput, 'cursor'>;

/** The queries that the methods of `T` describe. A method has the documentation of its query. */
export type Queries<T> = { readonly [P in keyof T]: Query<T[P]> };

/** The lists that the methods of `T` describe. */
export type Lists<T> = { readonly [P in keyof T]: ListQuery<T[P]> };

/** The mutations that the methods of `T` describe. */
export type Mutations<T> = { readonly [P in keyof T]: Mutation<T[P]> };
