import { spawnSync } from 'node:child_process';

/** A step of a script failed. The message has its output. */
export class StepError extends Error {
  override readonly name = 'StepError';
}

/** npm is a batch file on Windows, which needs a shell. */
const shell = process.platform === 'win32';

/**
 * Runs a command and returns its standard output.
 *
 * @param step what the command does, for the message
 * @throws StepError with the output of the command
 */
export function runStep(step: string, folder: string, command: string, args: readonly string[]): string {
  const result = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: shell && command === 'npm',
    maxBuffer: 64 * 2 ** 20,
  });
  if (result.status === 0) return result.stdout;
  const how = result.error?.message ?? `it ended with ${result.status ?? result.signal ?? 'an error'}`;
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim();
  throw new StepError(`${step} failed: ${how}${output === '' ? '' : `\n${output}`}`);
}

/** Runs a script. If a step fails, prints why, without a stack, and exits with 1. */
export function runScript(main: () => void): void {
  try {
    main();
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
