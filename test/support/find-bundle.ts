import { inject } from 'vitest';

/** Returns the path of a program or module of this tree as the run has bundled it. */
export function findBundle(source: string): string {
  const bundle = inject('bundles')[source];
  if (bundle === undefined) throw new Error(`${source} is not among the bundles of global-server.ts`);
  return bundle;
}
