import type { Duration } from './time/duration.ts';

/** Settings of the server that a test can change. The defaults are those of the product. */
export interface ServerSettings {
  /**
   * Delays before the second, third, ... attempt. Without jitter, so that a test can name the times.
   * @default ['5s', '5m', '30m', '2h', '5h', '10h', '14h', '20h', '24h']
   */
  readonly retrySchedule?: readonly Duration[] | undefined;
  /**
   * Time limit of one attempt.
   * @default '10s'
   */
  readonly deliveryTimeout?: Duration | undefined;
  /**
   * Disables a webhook after it has only failed for this long.
   * @default '5d'
   */
  readonly disableAfter?: Duration | undefined;
}
