/// <reference types="node" />
import { parseArgs } from 'node:util';

/**
 * Reads the arguments of a script. If they are wrong, prints a sentence and the usage, and exits with 2.
 *
 * @template {import('node:util').ParseArgsOptionsConfig} TOptions
 * @param {string} usage the command with placeholders
 * @param {{ options?: TOptions; maxOperands?: number }} config `maxOperands`: arguments that are no options, by default none
 */
export function readArguments(usage, { options, maxOperands = 0 }) {
  try {
    const parsed = parseArgs({ options, allowPositionals: maxOperands > 0, strict: true });
    const extra = parsed.positionals[maxOperands];
    if (extra === undefined) return parsed;
    return fail(`Unexpected argument '${extra}'.`, usage);
  } catch (error) {
    // The first sentence of Node names the argument. The others explain how to pass operands that look like options.
    const message = error instanceof Error ? error.message : String(error);
    return fail(`${message.split(/[.\n] ?(?=[A-Z]|$)/)[0] ?? message}.`, usage);
  }
}

/**
 * @param {string} problem
 * @param {string} usage
 * @returns {never}
 */
function fail(problem, usage) {
  console.error(`${problem} Usage: ${usage}`);
  process.exit(2);
}
