import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { errorCode } from './create-file-once.ts';

const run = promisify(execFile);

/** The oldest with all that the stores use. */
const minimumMajor = 6;
// It answers in 50 ms; a wrapper that does something else with --version must not hold up the start.
const answerWithinMs = 10_000;

/** Runs it, and throws an Error with one line unless it is a mongod that is new enough. Answers with its version. */
export async function checkMongod(binary: string): Promise<string> {
  const version = /db version v(\d+)(\.\S+)/.exec(await askVersion(binary));
  if (version?.[1] === undefined) throw new Error(`${binary} does not answer as mongod does`);
  const text = `${version[1]}${version[2] ?? ''}`;
  if (Number(version[1]) < minimumMajor) {
    throw new Error(`${binary} is version ${text}, and ${minimumMajor}.0 is the oldest that works`);
  }
  return text;
}

async function askVersion(binary: string): Promise<string> {
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: answerWithinMs });
    return stdout;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new Error(`${binary} is not there`, { cause: error });
    throw new Error(`${binary} does not run: ${firstComplaint(error)}`, { cause: error });
  }
}

/** What it wrote, which names a missing library, says more than node's "Command failed". */
export function firstComplaint(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  const text = stderr === '' && error instanceof Error ? error.message : stderr;
  return text.split('\n')[0] ?? '';
}
