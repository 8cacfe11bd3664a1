import type { Actor } from '../../domain/access.ts';
import type { Find } from './find.ts';
import type { Timeline } from './timeline.ts';

/** How long the database works on a search, ms. An index answers it in a few, so more is a fault. */
const maxMs = 2_000;

type ReadWithin = <T>(deadline: number | undefined, work: () => Promise<T>) => Promise<T>;

/** Ends the reads of a search early, because the search runs at each key press. */
export function withReadLimit(
  readWithin: ReadWithin,
  { find, timeline }: { readonly find: Find; readonly timeline: Timeline },
): { readonly find: Find; readonly timeline: Timeline } {
  const toDeadline = ({ deadline = Number.POSITIVE_INFINITY }: Actor) =>
    Math.min(deadline, performance.now() + maxMs);
  return {
    find: async (actor, input) => await readWithin(toDeadline(actor), async () => await find(actor, input)),
    timeline: async (actor, input, page) =>
      await readWithin(toDeadline(actor), async () => await timeline(actor, input, page)),
  };
}
