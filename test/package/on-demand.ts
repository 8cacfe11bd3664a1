/** Whether to run what takes long: a release that is built and installed, and rarer settings of the compiler. */
export const isFullRun = process.env['TEST_RELEASE'] === 'true';

/** Whether a runtime that cannot be installed is a failure. Otherwise its tests are skipped. */
export const mustRunAllRuntimes = process.env['TEST_RUNTIMES'] === 'all';
