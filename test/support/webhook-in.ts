import { toPartition } from '../../server/src/domain/partition.ts';

/** Returns an id of a webhook in a partition; another one for each `index`. */
export function webhookIn(partition: number, index = 0): string {
  let found = 0;
  for (let number = 0; ; number++) {
    const id = `wh_${number}`;
    if (toPartition(id) === partition && found++ === index) return id;
  }
}
