// Names the tests that passed only when they were repeated, and those that were skipped. Prints how many tests passed and failed, alone on
// the last line, and exits with 0 if everything passed.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [file, checkStatus, testStatus] = process.argv.slice(2);

function readReport() {
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

const report = readReport();
const { numPassedTests: passed, numFailedTests: failed } = report;
for (const { title, error } of repeatedTests(report))
  console.log(`passed on repetition: ${title}\n  ${error}`);
for (const title of skippedTests(report)) console.log(`skipped: ${title}`);
// A failed check, or a run that died without a failed test, still has to count as a failure.
const others = Number(checkStatus !== '0') + Number(testStatus !== '0' && failed === 0);
if (checkStatus !== '0') console.error('npm run check failed');
console.log(`${passed} passed, ${failed + others} failed`);
process.exit(failed + others === 0 && passed > 0 ? 0 : 1);
