// Prints the number of passed and failed tests on the last line. Exits with 1 if a test or a check failed.
import { readFileSync } from 'node:fs';

const [file, checkStatus, testStatus] = process.argv.slice(2);

function counts() {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    return { passed: report.numPassedTests, failed: report.numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

const { passed, failed } = counts();
// A failed check counts as a failure, and so does a run that crashed without a failed test.
const others = Number(checkStatus !== '0') + Number(testStatus !== '0' && failed === 0);
if (checkStatus !== '0') console.error('npm run check failed');
console.log(`${passed} passed, ${failed + others} failed`);
process.exit(failed + others === 0 && passed > 0 ? 0 : 1);
