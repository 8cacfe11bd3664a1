/** Changed by one write: some tenths of a second of the database. */
const batchSize = 5_000;

/**
 * Changes all deliveries of a kind, some at a time: one write over a large backlog would take longer than a call of the
 * database may. Answers how many there were. A batch of which some were claimed meanwhile is short; only an empty one
 * says that nothing is left.
 */
export async function inBatches(
  changeSome: (limit: number) => Promise<number>,
  goesOn: () => boolean = () => true,
): Promise<number> {
  let count = 0;
  let last: number;
  do {
    last = await changeSome(batchSize);
    count += last;
  } while (last > 0 && goesOn());
  return count;
}
