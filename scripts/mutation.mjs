/// <reference types="node" />
/**
 * Mutation testing by folder: makes small changes (mutants) to the sources and counts how many of them a test
 * detects.
 *
 *   npm run test:mutation -- domain [ssrf ...] [--force]
 *
 * mutation-folders.json lists the sources of a folder, the tests that must detect changes in them, whether
 * these tests need a mongod, and a target above the common one. Scores are stored in
 * reports/mutation/scores.json, next to a report of the surviving mutants of each folder. A repeated run tests
 * only what changed since the last one; `--force` tests everything. Exits with 1 if a folder is below its
 * target.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';

/** Percentage of mutants that tests must detect, unless a folder has another target. */
const commonTarget = 85;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const reports = join(root, 'reports/mutation');
const scoresFile = join(reports, 'scores.json');

/**
 * @typedef {object} Folder
 * @property {string[]} mutate
 * @property {string[]} tests
 * @property {boolean} [mongod]
 * @property {number} [target]
 */

/**
 * @typedef {object} Score
 * @property {number} score
 * @property {number} detected
 * @property {number} valid
 * @property {number} target
 */

/** @type {Readonly<Record<string, Folder>>} */
const folders = JSON.parse(readFileSync(join(root, 'scripts/mutation-folders.json'), 'utf8'));

const args = process.argv.slice(2);
const force = args.includes('--force');
const names = args.filter((arg) => !arg.startsWith('--'));
const unknown = names.filter((name) => !(name in folders));
if (names.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`Unknown folder: ${unknown.join(', ')}`);
  console.error(
    `Usage: npm run test:mutation -- <folder ...> [--force]\nFolders: ${Object.keys(folders).join(', ')}`,
  );
  process.exit(2);
}

process.chdir(root);
mkdirSync(reports, { recursive: true });
for (const name of names) {
  const score = await run(name);
  saveScore(name, score);
  console.log(`${name}: ${score.score.toFixed(1)}% (${score.detected} of ${score.valid} mutants detected)`);
  if (score.score < score.target) process.exitCode = 1;
}

/**
 * @param {string} name
 * @returns {Promise<Score>}
 */
async function run(name) {
  const { mutate, tests, mongod = false, target = commonTarget } = folders[name];
  // The test runners are child processes and inherit both; vitest.mutation.config.ts reads them.
  process.env.MUTATION_TESTS = JSON.stringify(tests);
  process.env.MUTATION_MONGOD = String(mongod);
  const stryker = new Stryker({
    mutate,
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'vitest.mutation.config.ts', related: true },
    coverageAnalysis: 'perTest',
    concurrency: 2,
    // Generous, because a timeout counts as detected and a busy machine is slow.
    timeoutMS: 20_000,
    // Integration tests take minutes.
    dryRunTimeoutMinutes: 15,
    incremental: true,
    incrementalFile: join(reports, `${name}.incremental.json`),
    force,
    tempDirName: '.stryker-tmp',
    ignorePatterns: ['**/dist', '.data', '.cache', 'admin/.cache', 'docs/images', 'reports'],
    reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
    clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
    htmlReporter: { fileName: join(reports, `${name}.html`) },
    jsonReporter: { fileName: join(reports, `${name}.json`) },
    // vitest strips the types without a check.
    disableTypeChecks: false,
    thresholds: { high: target, low: target, break: null },
  });
  const results = await stryker.runMutationTest();
  /** @param {readonly string[]} statuses */
  const count = (...statuses) => results.filter(({ status }) => statuses.includes(status)).length;
  const detected = count('Killed', 'Timeout');
  const valid = detected + count('Survived', 'NoCoverage');
  if (valid === 0)
    throw new Error(`${name}: no mutants; do the paths in scripts/mutation-folders.json exist?`);
  return { score: (detected / valid) * 100, detected, valid, target };
}

/**
 * @param {string} name
 * @param {Score} score
 */
function saveScore(name, score) {
  /** @type {Record<string, unknown>} */
  let scores = {};
  try {
    scores = JSON.parse(readFileSync(scoresFile, 'utf8'));
  } catch {
    // No folder has been measured yet.
  }
  writeFileSync(scoresFile, `${JSON.stringify({ ...scores, [name]: score }, null, 2)}\n`);
}
