import type { TestReceiver } from '../receiver/test-receiver.ts';
import { checkDelivery, type MatcherResult, type MatcherTools } from './find-delivery.ts';

interface NoEvents {}

/** The map of events of a receiver. Of other values, an empty one. */
type EventsOfReceiver<T> = T extends TestReceiver<infer E> ? E : NoEvents;

type NameFor<T> = Extract<keyof EventsOfReceiver<T>, string>;

/** Any part of the data, with matchers such as `expect.any(String)` as values. */
type PartOf<T> = T extends readonly unknown[]
  ? readonly PartOf<T[number]>[]
  : T extends object
    ? { readonly [K in keyof T]?: PartOf<T[K]> }
    : T;

type DataFor<T, K> = K extends keyof EventsOfReceiver<T>
  ? EventsOfReceiver<T>[K] extends { readonly input: infer I }
    ? PartOf<I>
    : never
  : never;

/** The matchers of the test kit. `T` is the value that `expect` gets, `R` what a matcher returns. */
export interface TocsinMatchers<T = unknown, R = void> {
  /**
   * Passes if the receiver got an event of this type, with at least this data, and answered with 2xx.
   *
   * @example
   * expect(receiver).toHaveDelivered('invoice.paid', { amount: 4200 });
   */
  toHaveDelivered<K extends NameFor<T>>(type?: K, data?: DataFor<T, K>): R;
  /** Like `toHaveDelivered`, whatever the receiver answered. */
  toHaveReceived<K extends NameFor<T>>(type?: K, data?: DataFor<T, K>): R;
}

/** The functions for `expect.extend`, of vitest and jest alike. */
export const tocsinMatchers = {
  toHaveDelivered(this: MatcherTools, actual: unknown, type?: unknown, data?: unknown): MatcherResult {
    return checkDelivery(this, 'delivered', { actual, type, data });
  },
  toHaveReceived(this: MatcherTools, actual: unknown, type?: unknown, data?: unknown): MatcherResult {
    return checkDelivery(this, 'received', { actual, type, data });
  },
};
