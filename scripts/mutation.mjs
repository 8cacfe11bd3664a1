/// <reference types="node" />
/**
 * Mutation testing by folder: makes small changes (mutants) to the sources and counts how many of them a test
 * detects.
 *
 *   npm run test:mutation -- domain [ssrf ...] [--force] [--sample <size>] [--seed <number>] [--concurrency <n>]
 *
 * mutation-folders.json lists the sources of a folder, the tests that must detect changes in them, whether
 * these tests need a mongod, and a target above the common one. Scores are stored in
 * reports/mutation/scores.json, next to a report of the surviving mutants of each folder. A repeated run tests
 * only what changed since the last one; `--force` tests everything. `--sample` tests that many mutants of each
 * folder, drawn at random by the seed, and estimates the score. Exits with 1 if a folder is below its target.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { scoreInterval } from './mutation-sample.mjs';

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
 * @property {boolean} [ignoreStatic] leaves out mutants in code that only runs on import
 * @property {number} [target]
 */

/**
 * @typedef {object} Score
 * @property {number} score
 * @property {number} detected
 * @property {number} timeouts counted in `detected`
 * @property {number} valid
 * @property {number} target
 * @property {Sample} [sample]
 */

/**
 * @typedef {object} Sample
 * @property {number} seed
 * @property {number} mutants of the whole folder
 * @property {readonly [low: number, high: number]} interval 95 % interval of the score of the whole folder
 */

/** @type {Readonly<Record<string, Folder>>} */
const folders = JSON.parse(readFileSync(join(root, 'scripts/mutation-folders.json'), 'utf8'));

const { values: options, positionals: names } = readArguments();

process.chdir(root);
mkdirSync(reports, { recursive: true });
for (const name of names) {
  const score = await run(name);
  saveScore(name, score);
  console.log(describe(name, score));
  if (score.score < score.target) process.exitCode = 1;
}

function readArguments() {
  const usage =
    'npm run test:mutation -- <folder ...> [--force] [--sample <size>] [--seed <number>] [--concurrency <n>]';
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        force: { type: 'boolean', default: false },
        sample: { type: 'string' },
        seed: { type: 'string', default: '1' },
        concurrency: { type: 'string', default: '2' },
      },
    });
    const unknown = positionals.filter((name) => !(name in folders));
    if (unknown.length > 0) throw new Error(`Unknown folder: ${unknown.join(', ')}`);
    if (positionals.length === 0) throw new Error('Name a folder.');
    for (const [option, value] of [
      ['sample', values.sample ?? '1'],
      ['seed', values.seed],
      ['concurrency', values.concurrency],
    ])
      if (!/^[1-9]\d*$/.test(value))
        throw new Error(`--${option} has to be a positive integer, not ${value}`);
    return { values, positionals };
  } catch (error) {
    console.error(`${error.message}\nUsage: ${usage}\nFolders: ${Object.keys(folders).join(', ')}`);
    process.exit(2);
  }
}

/**
 * @param {string} name
 * @returns {Promise<Score>}
 */
async function run(name) {
  const { mutate, tests, mongod = false, ignoreStatic = false, target = commonTarget } = folders[name];
  const report = options.sample === undefined ? name : `${name}-sample`;
  // Child processes inherit these: the test runners read the first two in vitest.mutation.config.ts.
  process.env.MUTATION_TESTS = JSON.stringify(tests);
  process.env.MUTATION_MONGOD = String(mongod);
  process.env.MUTATION_SAMPLE = options.sample;
  process.env.MUTATION_SEED = options.seed;
  const stryker = new Stryker({
    mutate,
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner', join(root, 'scripts/mutation-plugins.mjs')],
    ignorers: ['descriptions'],
    checkers: options.sample === undefined ? [] : ['sampler'],
    vitest: { configFile: 'vitest.mutation.config.ts', related: true },
    coverageAnalysis: 'perTest',
    concurrency: Number(options.concurrency),
    // Generous, because a timeout counts as detected, and the time includes the start of a process and its
    // mongod after an earlier timeout.
    timeoutMS: mongod ? 120_000 : 60_000,
    // Integration tests take minutes.
    dryRunTimeoutMinutes: 15,
    // A sample is drawn from all mutants, so none may have a result of an earlier run.
    incremental: options.sample === undefined,
    incrementalFile: join(reports, `${name}.incremental.json`),
    force: options.force,
    ignoreStatic,
    tempDirName: '.stryker-tmp',
    ignorePatterns: ['**/dist', '.data', '.cache', 'admin/.cache', 'docs/images', 'reports'],
    reporters: ['progress-append-only', 'survivors', 'clear-text', 'html', 'json'],
    clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
    htmlReporter: { fileName: join(reports, `${report}.html`) },
    jsonReporter: { fileName: join(reports, `${report}.json`) },
    // vitest strips the types without a check.
    disableTypeChecks: false,
    thresholds: { high: target, low: target, break: null },
  });
  const results = await stryker.runMutationTest();
  /** @param {readonly string[]} statuses */
  const count = (...statuses) => results.filter(({ status }) => statuses.includes(status)).length;
  const timeouts = count('Timeout');
  const detected = count('Killed') + timeouts;
  const valid = detected + count('Survived', 'NoCoverage');
  if (valid === 0)
    throw new Error(`${name}: no mutants; do the paths in scripts/mutation-folders.json exist?`);
  const score = { score: (detected / valid) * 100, detected, timeouts, valid, target };
  if (options.sample === undefined) return score;
  const mutants = valid + count('CompileError');
  return {
    ...score,
    sample: { seed: Number(options.seed), mutants, interval: scoreInterval(detected, valid) },
  };
}

/**
 * @param {string} name
 * @param {Score} score
 */
function describe(name, { score, detected, timeouts, valid, sample }) {
  const counts = `${detected} of ${valid} mutants detected, ${timeouts} of them by a timeout`;
  if (sample === undefined) return `${name}: ${score.toFixed(1)}% (${counts})`;
  const [low, high] = sample.interval;
  const range = `95% interval ${low.toFixed(1)}% to ${high.toFixed(1)}%`;
  return `${name}: ${score.toFixed(1)}%, ${range} (${counts}; sample of ${sample.mutants}, seed ${sample.seed})`;
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
