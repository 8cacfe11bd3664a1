import * as z from 'zod';

/** A key that the caller chooses. It belongs to the credential and the procedure. */
export const callKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .describe(
    'Makes repeated calls safe: the same key with the same input returns the first result again, with its ' +
      'secret for 15 minutes. Remembered for 24 hours. 1 to 255 visible ASCII characters.',
  );
