/**
 * Extends `expect` of jest. Name it in `setupFilesAfterEnv`, or import it in a test.
 *
 * @module
 */
import { tocsinMatchers, type TocsinMatchers } from './matchers/matchers.ts';

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- jest declares the type of its matchers in this namespace
  namespace jest {
    interface Matchers<R, T> extends TocsinMatchers<T, R> {}
  }
}

const { expect } = globalThis as { expect?: { extend(matchers: object): void } };
if (expect === undefined) {
  throw new Error(
    "@tocsin/testing/jest needs jest's global expect; with injectGlobals: false, call expect.extend(tocsinMatchers)",
  );
}
expect.extend(tocsinMatchers);

export { tocsinMatchers } from './matchers/matchers.ts';
export type { TocsinMatchers } from './matchers/matchers.ts';
