import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-summary-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const report = (passed: number, failed: number, assertionResults: object[] = []) =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    testResults: [{ name: join(process.cwd(), 'test/e2e/crash.test.ts'), assertionResults }],
  });

/** Runs the script as `.ci/run` does. Returns the exit code and the lines of its output. */
function summarize(text: string, checkStatus = '0', testStatus = '0', ...others: readonly string[]) {
  const file = join(folder, 'report.json');
  writeFileSync(file, text);
  const args = ['scripts/test-summary.mjs', checkStatus, file, testStatus, ...others];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, lines: stdout.trimEnd().split('\n') };
}

it('prints the counts on the last line', () => {
  expect(summarize(report(3, 0))).toEqual({ status: 0, lines: ['3 passed, 0 failed'] });
  expect(summarize(report(2, 1), '0', '1')).toEqual({ status: 1, lines: ['2 passed, 1 failed'] });
});

it('adds up the runs, of which a skipped one has no report', () => {
  const other = join(folder, 'other.json');
  expect(summarize(report(3, 0), '0', '0', other, '0').lines).toEqual(['3 passed, 0 failed']);
  writeFileSync(other, report(2, 1));
  const both = { status: 1, lines: ['5 passed, 1 failed'] };
  expect(summarize(report(3, 0), '0', '0', other, '1')).toEqual(both);
});

it.each([
  ['a failed check', [report(3, 0), '1', '0'], '3 passed, 1 failed'],
  ['a run that died', [report(3, 0), '0', '1'], '3 passed, 1 failed'],
  ['a missing report', ['', '0', '1'], '0 passed, 1 failed'],
] as const)('counts %s as a failure', (_name, [text, checkStatus, testStatus], last) => {
  expect(summarize(text, checkStatus, testStatus)).toEqual({ status: 1, lines: [last] });
});

it('names the tests that passed when they were repeated, with the error of the first try', () => {
  const results = [
    { status: 'passed', fullName: 'passes', failureMessages: [] },
    { status: 'passed', fullName: 'is flaky', failureMessages: ['AssertionError: 1 is not 2\n at x'] },
    { status: 'failed', fullName: 'fails', failureMessages: ['no', 'no'] },
  ];
  expect(summarize(report(2, 1, results), '0', '1')).toEqual({
    status: 1,
    lines: [
      'passed on repetition: test/e2e/crash.test.ts > is flaky',
      '  AssertionError: 1 is not 2',
      '2 passed, 1 failed',
    ],
  });
});

it('names the tests that were skipped', () => {
  const results = [
    { status: 'skipped', fullName: 'the image (buildah is not installed) runs', failureMessages: [] },
  ];
  expect(summarize(report(1, 0, results))).toEqual({
    status: 0,
    lines: [
      'skipped: test/e2e/crash.test.ts > the image (buildah is not installed) runs',
      '1 passed, 0 failed',
    ],
  });
});
