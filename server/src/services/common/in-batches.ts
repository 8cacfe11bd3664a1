/** Documents per write. A write of this size stays far below the time limit of a database call. */
const batchSize = 5_000;

/**
 * Repeats a bulk change in batches, because one write over a large backlog would exceed the time limit of a
 * database call. Returns the number of changed documents. Ends after an empty batch: a short one is no sign
 * of the end, because another process may have claimed some of its deliveries.
 */
export async function inBatches(
  changeBatch: (limit: number) => Promise<number>,
  canContinue: () => boolean = () => true,
): Promise<number> {
  let count = 0;
  let last: number;
  do {
    last = await changeBatch(batchSize);
    count += last;
  } while (last > 0 && canContinue());
  return count;
}
