import type { SigningProfile } from '@tocsin/shared';

/**
 * Options of `verify`. Set `secret`, or `secrets` during a rotation.
 *
 * @example
 * const options: VerifyOptions = { secrets: [newSecret, oldSecret], profile: 'standard', tolerance: 60 };
 */
export type VerifyOptions = VerifySettings &
  (
    | {
        /**
         * The webhook's whole secret, `whsec_...`, at least 24 bytes. For ed25519, its public key, `whpk_...`.
         */
        readonly secret: string;
        readonly secrets?: undefined;
      }
    | {
        readonly secret?: undefined;
        /** All valid secrets. The request is verified if one of them matches. */
        readonly secrets: readonly string[];
      }
  );

/** The options of `verify` without the secret. */
export interface VerifySettings {
  /**
   * The signing profile of the webhook. Never detected from the request, because an attacker could choose the
   * weakest.
   * @default 'standard'
   */
  readonly profile?: SigningProfile | undefined;
  /**
   * Maximum difference between the time of the request and the current time, in seconds, in both directions.
   * In `standard` the time is the signed time of the attempt. In `authon` and `authforge` it is the time of
   * the event, which retries repeat for up to four days, so it is checked only if a tolerance is set.
   * @default 300 in `standard`, no limit in the others
   */
  readonly tolerance?: number | undefined;
  /**
   * Returns the current time, in ms since 1970.
   * @default Date.now
   */
  readonly now?: (() => number) | undefined;
}
