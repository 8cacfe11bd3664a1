import type { TocsinClientError } from '../errors.ts';
import type { OutboxContent } from './outbox-store.ts';

/** The oldest event of an outbox has waited for too long, or no longer does. */
export interface LagReport extends OutboxContent {
  /** How long the oldest pending event has waited, in ms. */
  readonly lagMs: number;
  /** False once the events are published again. */
  readonly isLagging: boolean;
}

/** Options of `outbox.relay`. */
export interface RelayOptions {
  /**
   * How long the lease lasts, in ms. Another process takes over this long after a crash.
   * @default 15_000
   */
  readonly leaseMs?: number | undefined;
  /**
   * How often to search for events that watching missed, in ms.
   * @default 10_000
   */
  readonly searchMs?: number | undefined;
  /**
   * How often to search in a store that cannot be watched, in ms.
   * @default 500
   */
  readonly pollMs?: number | undefined;
  /**
   * How long events may be refused with an error that can be put right, such as `FORBIDDEN` for an app of
   * another account, before they are set aside, in ms.
   * @default 3_600_000
   */
  readonly giveUpAfterMs?: number | undefined;
  /**
   * Age of the oldest pending event from which `onLag` is called, in ms.
   * @default 60_000
   */
  readonly lagAlertMs?: number | undefined;
  /** Called when events have waited for `lagAlertMs`, and again when they no longer do. */
  readonly onLag?: ((report: LagReport) => void) | undefined;
}

export interface RelaySettings {
  /** Names this process. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly searchMs: number;
  readonly pollMs: number;
  readonly giveUpAfterMs: number;
  readonly lagAlertMs: number;
  readonly onLag: ((report: LagReport) => void) | undefined;
}

/** What a relay of this process has done. */
export interface RelayCounts {
  /**
   * - `active`: publishes
   * - `held`: the server cannot be reached or refuses the credential; events are published later
   * - `standby`: another process publishes
   * - `closed`: stopped
   */
  readonly state: 'active' | 'held' | 'standby' | 'closed';
  /** Events that were published. */
  readonly published: number;
  /** Events that the server refused for good. */
  readonly setAside: number;
  /** Attempts after which events wait. */
  readonly failures: number;
  /** Why events wait, or waited last. */
  readonly lastError: TocsinClientError | undefined;
}

export function toRelaySettings(options: RelayOptions, holder: string): RelaySettings {
  const {
    leaseMs = 15_000,
    searchMs = 10_000,
    pollMs = 500,
    giveUpAfterMs = 3_600_000,
    lagAlertMs = 60_000,
    onLag,
  } = options;
  for (const [name, value] of Object.entries({ leaseMs, searchMs, pollMs })) {
    if (!(value >= 50 && value <= 86_400_000)) {
      throw new TypeError(`${name} must be between 50 and 86400000 ms, not ${value}`);
    }
  }
  return { holder, leaseMs, searchMs, pollMs, giveUpAfterMs, lagAlertMs, onLag };
}
