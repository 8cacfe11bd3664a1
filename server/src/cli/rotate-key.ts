import { ConfigError } from '../config.ts';
import { command, UsageError } from './command.ts';

/** `npm run rotate-key` is the same. */
export const rotateKey = command({
  name: 'rotate-key',
  about: 'Seals all webhook secrets anew with ENCRYPTION_KEY',
  details:
    'ENCRYPTION_KEY_PREVIOUS names the keys that they are sealed with now. Works on the database itself; can be stopped at any\n' +
    'moment and run again. Ends with 1 while something is not under the new key. See docs/key-rotation.md.',
  options: {},
  async run(_values, context) {
    try {
      // Only here: no other command needs the database.
      const { resealDatabase } = await import('./reseal-database.ts');
      return await resealDatabase(context);
    } catch (error) {
      if (error instanceof ConfigError) {
        const lines = error.lines.map((line) => `  ${line}`);
        throw new UsageError(['cannot rotate the encryption key:', ...lines].join('\n'));
      }
      const text = error instanceof Error ? error.message : String(error);
      throw new Error(`the rotation was cut short and can be run again: ${text}`, { cause: error });
    }
  },
});
