import process from 'node:process';
import type { ProgramResults } from './settings.ts';

/** Prints the results as one line, which the test reads. */
export function printResults(results: ProgramResults): void {
  process.stdout.write(`${JSON.stringify(results)}\n`);
}
