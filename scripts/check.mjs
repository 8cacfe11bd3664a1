/// <reference types="node" />
/**
 * Runs all static checks: types, lint, boundaries, unused code and format. Prints the output of each check when
 * it ends, so that outputs do not mix. Exits with 1 if a check failed.
 *
 * All run in parallel, except lint, which reads the packages that the type check builds. Beside it, lint would
 * read those of an earlier state.
 */
import { spawn } from 'node:child_process';
import { totalmem } from 'node:os';

/**
 * The compiler and the linter are Go programs, which end before they would need to collect garbage. Up to this
 * limit, a quarter of the memory of the machine, they do not.
 */
const goMemory = { GOGC: 'off', GOMEMLIMIT: `${Math.floor(Math.min(totalmem() / 4, 3 * 1024 ** 3))}B` };

const checks = ['types', 'lint', 'boundaries', 'unused', 'format:check'];

const types = run('types');
const results = await Promise.all(
  checks.map(async (check) => {
    if (check === 'types') return await types;
    if (check === 'lint') await types;
    return await run(check);
  }),
);
const failed = checks.filter((_check, index) => results[index] !== 0);
if (failed.length > 0) {
  console.error(`failed: ${failed.map((check) => `npm run ${check}`).join(', ')}`);
  process.exitCode = 1;
}

/**
 * @param {string} check
 * @returns {Promise<number | null>} The exit code, or null if a signal ended it.
 */
function run(check) {
  return new Promise((resolve, reject) => {
    // npm is a batch file on Windows, which needs a shell.
    const child = spawn('npm', ['run', '--silent', check], {
      shell: process.platform === 'win32',
      env: { ...goMemory, ...process.env },
    });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      console.log(`${code === 0 ? 'ok' : 'FAILED'}: ${check}`);
      process.stdout.write(Buffer.concat(output));
      resolve(code);
    });
  });
}
