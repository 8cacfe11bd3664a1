/** Whether to run what takes long: a release that is built and installed, and rarer settings of the compiler. */
export const isFullRun = process.env['TEST_RELEASE'] === 'true';

/**
 * Whether the packed client runs on other runtimes than this Node: `TEST_RUNTIMES=all`, or `installed` for those that
 * can be installed here.
 */
export const runsOnRuntimes = (process.env['TEST_RUNTIMES'] ?? '') !== '';

/** Whether a runtime that cannot be installed is a failure. Otherwise its tests are skipped. */
export const mustRunAllRuntimes = process.env['TEST_RUNTIMES'] === 'all';
