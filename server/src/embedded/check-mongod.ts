import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { errorCode } from './create-file-once.ts';

const run = promisify(execFile);

/** The oldest major version with all features that the stores use. */
const minimumMajor = 6;
/** Limits how long a wrapper script that does not support --version can delay the start. */
const versionTimeoutMs = 10_000;

/**
 * Runs the binary and returns its version.
 *
 * @throws Error with a one-line message unless it is a mongod of a supported version.
 */
export async function checkMongod(binary: string): Promise<string> {
  const version = /db version v(\d+)(\.\S+)/.exec(await readVersion(binary));
  if (version?.[1] === undefined) throw new Error(`${binary} is not a mongod`);
  const text = `${version[1]}${version[2] ?? ''}`;
  if (Number(version[1]) < minimumMajor) {
    throw new Error(`${binary} is version ${text}; the minimum is ${minimumMajor}.0`);
  }
  return text;
}

async function readVersion(binary: string): Promise<string> {
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: versionTimeoutMs });
    return stdout;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new Error(`${binary} does not exist`, { cause: error });
    throw new Error(`${binary} cannot run: ${firstErrorLine(error)}`, { cause: error });
  }
}

/** The first line of stderr, which may name a missing library. Node's message is only "Command failed". */
export function firstErrorLine(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  const text = stderr === '' && error instanceof Error ? error.message : stderr;
  return text.split('\n')[0] ?? '';
}
