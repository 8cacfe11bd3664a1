import type { Options } from './options.ts';
import type { Processes } from './processes.ts';
import type { Row } from './row.ts';

/** Context of every scenario. */
export interface Bench {
  readonly options: Options;
  readonly processes: Processes;
  /** Prints a line of progress. */
  readonly print: (line: string) => void;
}

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** Limits the rounds of a scenario that takes long. @default no limit */
  readonly maxRounds?: number;
  run(bench: Bench): Promise<Row[]>;
}
