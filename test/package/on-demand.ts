/** Whether to run what takes long: a release that is built and installed, and rarer settings of the compiler. */
export const isFullRun = process.env['TEST_RELEASE'] === 'true';
