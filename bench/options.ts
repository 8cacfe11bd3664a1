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
  /** Number of deliveries that `storage` stores. */
  readonly stored: number;
  /** How long to wait for a quiet machine before each scenario, in s. */
  readonly patience: number;
  /** The source tree of the measured server. The bench is always that of this tree. */
  readonly tree: string;
  /** Folder for the server's CPU profile. Undefined for none. */
  readonly profileDir: string | undefined;
}

/** About 2 GB on disk. */
const maxStored = 5_000_000;

export const usage = `npm run bench -- [options]
  --only NAME      run only this scenario (repeatable)
  --rounds N       number of rounds; the table shows the medians (default: 3)
  --stored N       number of deliveries that the scenario storage stores (default: 1,000,000)
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
      patience: { type: 'string', default: '60' },
      rounds: { type: 'string', default: '3' },
      tree: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
      profile: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds must be a positive integer, not ${values.rounds}`);
  const stored = Number(values.stored);
  if (!Number.isInteger(stored) || stored < 1 || stored > maxStored)
    throw new Error(`--stored must be an integer from 1 to ${maxStored}, not ${values.stored}`);
  return {
    only: values.only,
    json: values.json,
    quick: values.quick,
    rounds: values.quick ? 1 : rounds,
    stored: values.quick ? Math.min(stored, 10_000) : stored,
    patience: values.quick ? 0 : Number(values.patience),
    tree: values.tree,
    profileDir: values.profile,
  };
}
