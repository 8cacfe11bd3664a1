/// <reference types="node" />
/**
 * The house rules, side by side: types, lint, boundaries, unused code, format. Prints the output of each rule when it ends,
 * so that they do not mix. Ends with 1 if one failed.
 */
import { spawn } from 'node:child_process';

const rules = ['types', 'lint', 'boundaries', 'unused', 'format:check'];

const results = await Promise.all(rules.map(run));
const failed = rules.filter((_rule, index) => results[index] !== 0);
if (failed.length > 0) {
  console.error(`failed: ${failed.map((rule) => `npm run ${rule}`).join(', ')}`);
  process.exitCode = 1;
}

/**
 * @param {string} rule
 * @returns {Promise<number | null>} Its exit code, or null when a signal ended it.
 */
function run(rule) {
  return new Promise((resolve, reject) => {
    // A shell on Windows only: there npm is a batch file.
    const child = spawn('npm', ['run', '--silent', rule], { shell: process.platform === 'win32' });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      console.log(`${code === 0 ? 'ok' : 'FAILED'}: ${rule}`);
      process.stdout.write(Buffer.concat(output));
      resolve(code);
    });
  });
}
