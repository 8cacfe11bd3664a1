import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

export interface Options {
  /** Names of scenarios; empty: all. */
  readonly only: readonly string[];
  readonly json: boolean;
  /** A smoke run: everything small, once. Its figures mean nothing. */
  readonly quick: boolean;
  /** How often each scenario runs; the table has the medians. */
  readonly rounds: number;
  /** How many deliveries `storage` stores. */
  readonly stored: number;
  /** How long to wait before each scenario for others to leave the machine alone, s. */
  readonly patience: number;
  /** The source tree whose server is measured. The bench itself is always this tree's. */
  readonly tree: string;
  /** Where the server writes a CPU profile, if anywhere. */
  readonly profileDir: string | undefined;
}

/** About 2 GB on disk. */
const mostStored = 5_000_000;

export const usage = `npm run bench -- [options]
  --only NAME      one scenario; may be given more than once
  --rounds N       how often each scenario runs; the table has the medians (default 3)
  --stored N       how many deliveries the scenario storage stores (default 1,000,000)
  --patience S     before each scenario, wait this long at most for a quiet machine (default 60)
  --quick          small and once: does it run at all
  --json           the table as JSON on standard output
  --tree DIR       measure the server of another checkout
  --profile DIR    the server writes a .cpuprofile there when it stops (slower: do not compare its figures)`;

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
    throw new Error(`--rounds takes a whole number, not ${values.rounds}`);
  const stored = Number(values.stored);
  if (!Number.isInteger(stored) || stored < 1 || stored > mostStored)
    throw new Error(`--stored takes a whole number from 1 to ${mostStored}, not ${values.stored}`);
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
