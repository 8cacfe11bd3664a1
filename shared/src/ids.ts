import * as z from 'zod';

/**
 * Ids have a prefix that names the kind of object. An id of the wrong kind is rejected as invalid input, not
 * as "not found".
 *
 * `evt_` and `dlv_` are followed by lower-case Crockford base 32: 10 characters of time in ms, 14 random ones
 * and the target. The target is `00` in an event. In a delivery it is the number of the target: two characters
 * below 1,024, four from there on. Ids therefore sort by time, and the deliveries of an event are the ids that
 * share its first 24 characters.
 */
export const webhookId = z
  .string()
  .regex(/^wh_[0-9a-f]{12}$/, 'must be wh_ and 12 hex digits')
  .describe('Id of a webhook: `wh_` and 12 hex digits.');
export const eventId = z
  .string()
  .regex(/^evt_[0-9a-hjkmnp-tv-z]{26}$/, 'must be evt_ and 26 base 32 characters')
  .describe('Id of an event: `evt_` and 26 characters. Ids sort by time.');
export const deliveryId = z
  .string()
  .regex(
    // Four characters never begin with 00: such a number takes two.
    /^dlv_[0-9a-hjkmnp-tv-z]{24}(?:[0-9a-hjkmnp-tv-z]{2}|(?!00)[0-9a-hjkmnp-tv-z]{4})$/,
    'must be dlv_ and 26 or 28 base 32 characters',
  )
  .describe('Id of a delivery: `dlv_` and 26 or 28 characters. Ids sort by time.');
export const accountId = z
  .string()
  .regex(/^acc_[0-9a-z]{4,40}$/, 'must be acc_ and lower case letters or digits')
  .describe('Id of an account: `acc_` and lower-case letters or digits.');
export const apiKeyId = z
  .string()
  .regex(/^key_[0-9a-f]{16}$/, 'must be key_ and 16 hex digits')
  .describe('Id of an API key: `key_` and 16 hex digits.');

/** Id of an app. Callers may choose it (a UUID, `app_xyz789`), so only its alphabet and length are fixed. */
export const appId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    'must be 1 to 128 letters, digits, dots, dashes or underscores',
  )
  .describe('Id of an app: 1 to 128 letters, digits, dots, dashes or underscores.');
