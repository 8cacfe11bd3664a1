import type { SigningProfile } from '@tocsin/shared';

/**
 * How to check a request. Give `secret`, or `secrets` while one is being replaced.
 *
 * @example
 * const options: VerifyOptions = { secrets: [newSecret, oldSecret], profile: 'standard', tolerance: 60 };
 */
export type VerifyOptions = VerifySettings &
  (
    | {
        /** The webhook's secret, `whsec_...`, as it was shown once. For ed25519, the public key, `whpk_...`. */
        readonly secret: string;
        readonly secrets?: undefined;
      }
    | {
        readonly secret?: undefined;
        /** All secrets that may have signed; one match is enough. */
        readonly secrets: readonly string[];
      }
  );

/** The part of `VerifyOptions` that has nothing to do with the secret. */
export interface VerifySettings {
  /**
   * How the webhook was set up to prove itself. Never guessed from the request: a sender could pick the weakest.
   * @default 'standard'
   */
  readonly profile?: SigningProfile | undefined;
  /**
   * How many seconds the request's time may be away from ours, into the past and into the future. In `standard` it is
   * the signed time of this attempt. In `authon` and `authforge` it is the event's own time in the body, which retries
   * repeat for up to four days, so it is looked at only when a tolerance is given.
   * @default 300 in `standard`, none in the others
   */
  readonly tolerance?: number | undefined;
  /**
   * The present, in ms since 1970.
   * @default Date.now
   */
  readonly now?: (() => number) | undefined;
}
