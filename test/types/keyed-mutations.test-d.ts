import type { inferRouterInputs } from '@trpc/server';
import { describe, expectTypeOf, it } from 'vitest';
import type { AppRouter as ServerRouter } from '@tocsin/server/api';
import type { keyedMutations } from '../../client/src/procedures/keyed-mutations.ts';

type Inputs = inferRouterInputs<ServerRouter>;

/** Whether an input, or a part of a union of inputs, has a key. */
type HasKey<T> = T extends object ? ('idempotencyKey' extends keyof T ? true : never) : never;

/** The paths of all procedures whose input has an `idempotencyKey`. */
type KeyedPaths = {
  [R in keyof Inputs]: {
    [P in keyof Inputs[R]]: true extends HasKey<Inputs[R][P]> ? `${R}.${P & string}` : never;
  }[keyof Inputs[R]];
}[keyof Inputs];

describe('the mutations that get an idempotency key', () => {
  it('are those of the router whose input has one, beside publishing', () => {
    expectTypeOf<(typeof keyedMutations)[number]>().toEqualTypeOf<Exclude<KeyedPaths, 'events.publish'>>();
  });
});
