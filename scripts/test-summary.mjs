/*
 * Names the tests that passed only when they were repeated, and those that were skipped. Prints how many tests passed and
 * failed, alone on the last line, and exits with 0 if everything passed.
 *
 *   node scripts/test-summary.mjs <exit code of the check> (<report of vitest> <exit code of vitest>) ...
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [checkStatus, ...runs] = process.argv.slice(2);

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  }
}

/** The report keeps the errors of the first try of a test that passed at the second one. */
function repeatedTests({ testResults }) {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0)
      .map(({ fullName, failureMessages }) => ({
        title: `${relative(process.cwd(), name)} > ${fullName}`,
        error: failureMessages[0].split('\n')[0],
      })),
  );
}

/** Tests that need a tool which this machine does not have. */
function skippedTests({ testResults }) {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'skipped')
      .map(({ fullName }) => `${relative(process.cwd(), name)} > ${fullName}`),
  );
}

let passed = 0;
let failed = 0;
for (let index = 0; index < runs.length; index += 2) {
  const report = readReport(runs[index]);
  for (const { title, error } of repeatedTests(report))
    console.log(`passed on repetition: ${title}\n  ${error}`);
  for (const title of skippedTests(report)) console.log(`skipped: ${title}`);
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  // A run that died without a failed test still has to count as a failure.
  if (runs[index + 1] !== '0' && report.numFailedTests === 0) failed++;
}
if (checkStatus !== '0') {
  failed++;
  console.error('npm run check failed');
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
