import type { Testbed } from './testbed.ts';

/** Counters of the work in mongod since its start. */
export interface MongodCounters {
  readonly requests: number;
  readonly updated: number;
  /**
   * Documents inserted, and queries, updates, deletions and getMore calls. Leaves out aggregations, which
   * mongod counts as commands, so that the polling of the bench does not count.
   */
  readonly operations: number;
  readonly writeConflicts: number;
}

export async function readMongodCounters({ db }: Testbed): Promise<MongodCounters> {
  // `as`: mongod documents these fields. Numbers above 2^31 are still exact.
  const { network, metrics, opcounters } = (await db.admin().serverStatus()) as {
    network: { numRequests: number };
    metrics: { document: { updated: number }; operation: { writeConflicts: number } };
    opcounters: Record<'insert' | 'query' | 'update' | 'delete' | 'getmore', number>;
  };
  return {
    requests: network.numRequests,
    updated: metrics.document.updated,
    operations:
      opcounters.insert + opcounters.query + opcounters.update + opcounters.delete + opcounters.getmore,
    writeConflicts: metrics.operation.writeConflicts,
  };
}

/** Returns the difference of two readings as figures of a row, per 1,000 deliveries. */
export function toFiguresPerThousand(
  before: MongodCounters,
  after: MongodCounters,
  deliveries: number,
): Readonly<Record<string, number>> {
  const perThousand = (name: keyof MongodCounters) => ((after[name] - before[name]) * 1000) / deliveries;
  return {
    'requests to mongod per 1,000': perThousand('requests'),
    'database operations per 1,000': perThousand('operations'),
    'documents updated per 1,000': perThousand('updated'),
    'write conflicts per 1,000': perThousand('writeConflicts'),
  };
}
