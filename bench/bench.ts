import type { Options } from './options.ts';
import type { Processes } from './processes.ts';
import type { Row } from './row.ts';

/** What every scenario is given. */
export interface Bench {
  readonly options: Options;
  readonly processes: Processes;
  /** Progress, for the person who waits. */
  readonly say: (line: string) => void;
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** How often it is worth repeating when more rounds are asked for. @default as asked */
  readonly mostRounds?: number;
  run(bench: Bench): Promise<Row[]>;
}
