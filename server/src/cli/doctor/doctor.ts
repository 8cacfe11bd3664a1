import { defineCommand, exitCode } from '../command.ts';

export const doctor = defineCommand({
  details: '',
  examples: [''],
  options: {},
  run: async () => await Promise.resolve(exitCode.ok),
});
