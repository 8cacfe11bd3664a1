import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

export interface Options {
  /** Names of scenarios. Empty for all. */
  readonly only: readonly string[];
  readonly json: boolean;
  /** A smoke test: everything small, one round. Its figures mean nothing. */
  readonly quick: boolean;
  /** How often each scenario runs. The table shows the medians. */
  readonly rounds: number;
  /** Number of deliveries that `storage` stores, and of events that `search` does. */
  readonly stored: number;
  /** Number of apps of `long-tail`. */
  readonly apps: number;
  /** Number of slow webhooks of `many-slow`. */
  readonly slow: number;
  /** Number of overdue deliveries of `backlog-elsewhere`. */
  readonly overdue: number;
  /** The largest number of worker processes of `scale-out`. */
  readonly workers: number;
  /** How long to wait for a quiet machine before each scenario, in s. */
  readonly patience: number;
  /** The source tree of the measured server. The bench is always that of this tree. */
  readonly tree: string;
  /** Folder for the server's CPU profile. Undefined for none. */
  readonly profileDir: string | undefined;
}

/** The highest values of options that are counts. 5,000,000 deliveries take about 2 GB on disk. */
const maxCounts = {
  rounds: 1_000,
  stored: 5_000_000,
  apps: 100_000,
  slow: 50,
  overdue: 5_000_000,
  workers: 8,
};

/** The highest counts of a smoke test. */
const quickCounts = { rounds: 1, stored: 10_000, apps: 200, slow: 5, overdue: 2_000, workers: 2 };

type Count = keyof typeof maxCounts;

export const usage = `npm run bench -- [options]
  --only NAME      run only this scenario (repeatable)
  --rounds N       number of rounds; the table shows the medians (default: 3)
  --stored N       number of deliveries of the scenario storage, and of events of search (default: 1,000,000)
  --apps N         number of apps of the scenario long-tail (default: 10,000)
  --slow N         number of slow webhooks of the scenario many-slow (default: 50, the limit of an app)
  --overdue N      number of overdue deliveries of the scenario backlog-elsewhere (default: 1,000,000)
  --workers N      largest number of worker processes of the scenario scale-out (default: 4)
  --patience S     wait at most this many seconds for a quiet machine before each scenario (default: 60)
  --quick          smoke test with small numbers and one round
  --json           print the table as JSON
  --tree DIR       measure the server of another checkout
  --profile DIR    write a CPU profile of the server to DIR (slower, do not compare its figures)`;

export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      stored: { type: 'string', default: '1000000' },
      apps: { type: 'string', default: '10000' },
      slow: { type: 'string', default: '50' },
      overdue: { type: 'string', default: '1000000' },
      workers: { type: 'string', default: '4' },
      patience: { type: 'string', default: '60' },
      rounds: { type: 'string', default: '3' },
      tree: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
      profile: { type: 'string' },
    },
  });
  const count = (name: Count): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1 || value > maxCounts[name]) {
      throw new Error(`--${name} must be an integer from 1 to ${maxCounts[name]}, not ${values[name]}`);
    }
    return values.quick ? Math.min(value, quickCounts[name]) : value;
  };
  return {
    only: values.only,
    json: values.json,
    quick: values.quick,
    rounds: count('rounds'),
    stored: count('stored'),
    apps: count('apps'),
    slow: count('slow'),
    overdue: count('overdue'),
    workers: count('workers'),
    patience: values.quick ? 0 : Number(values.patience),
    tree: values.tree,
    profileDir: values.profile,
  };
}
