import type { OutboxContent } from './outbox-store.ts';
import type { RelayCounts } from './relay-options.ts';

/** What an outbox holds, and what the relay of this process has done. */
export interface OutboxStats extends OutboxContent {
  /** Undefined if this process runs no relay. */
  readonly relay: RelayCounts | undefined;
}
