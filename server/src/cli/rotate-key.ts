import { ConfigError } from '../config.ts';
import { UsageError } from './command.ts';
import { defineCommand } from './define-command.ts';

/** Also available as `npm run rotate-key`. */
export const rotateKey = defineCommand({
  details:
    'Reads the old keys from ENCRYPTION_KEY_PREVIOUS. Works on the database directly. You can stop it at any\n' +
    'time and run it again. Exits with 1 if a secret is not encrypted with the new key.\n' +
    'See docs/key-rotation.md.',
  examples: [''],
  options: {},
  async run(_values, context) {
    // Imported lazily: no other command needs the database.
    const { explainStartFailure } = await import('../startup/explain-start-failure.ts');
    const { resealDatabase } = await import('./reseal-database.ts');
    try {
      return await resealDatabase(context);
    } catch (error) {
      if (error instanceof ConfigError) {
        const lines = error.lines.map((line) => `  ${line}`);
        throw new UsageError(['cannot rotate the encryption key:', ...lines].join('\n'));
      }
      const text = explainStartFailure(error, context.env);
      throw new Error(`key rotation failed and can be run again: ${text}`, { cause: error });
    }
  },
});
