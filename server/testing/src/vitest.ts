/**
 * Extends `expect` of vitest. Import it in a setup file or in a test.
 *
 * @module
 */
import { expect } from 'vitest';
import { tocsinMatchers, type TocsinMatchers } from './matchers/matchers.ts';

declare module 'vitest' {
  // The parameter has this name in vitest.
  interface Matchers<T> extends TocsinMatchers<T> {}
}

expect.extend(tocsinMatchers);

export { tocsinMatchers } from './matchers/matchers.ts';
export type { TocsinMatchers } from './matchers/matchers.ts';
