import type { DeliveryReason, DeliveryStatus } from '@tocsin/shared';
import type { Attempt } from '../delivery.ts';
import type { AcceptedEvent } from '../event.ts';

/* What the engine needs to find its work, to hold it and to say what became of it. */

/** The queue as the engine uses it. Never sleeps; every write that ends a claim is fenced by its token. */
export interface DeliveryQueue {
  /** Batches with about `limit` events together: a batch is claimed as a whole. */
  claimBatches(request: ClaimRequest): Promise<ClaimedBatch[]>;
  claimDeliveries(request: ClaimRequest): Promise<ClaimedDelivery[]>;
  /**
   * Records outcomes in one round trip per kind. Answers the ids that were fenced: somebody else holds or ended
   * them, so our attempt was a duplicate.
   */
  record(recordings: readonly DeliveryResult[]): Promise<ReadonlySet<string>>;
  /** Takes batches out of the queue: each target of each event has its document. */
  closeBatches(batchIds: readonly string[], token: string): Promise<void>;
  renew(claims: HeldClaims, leaseMs: number): Promise<void>;
  /** Gives claims back, due at once. */
  release(claims: HeldClaims): Promise<void>;
  /** Gives back everything claimed under tokens of a dead process. */
  releaseOwner(owner: string): Promise<number>;
  /** When the next claimable thing is due, epoch ms; undefined when the queue is empty. */
  nextDueAt(): Promise<number | undefined>;
}

export interface ClaimRequest {
  readonly limit: number;
  readonly token: string;
  readonly leaseMs: number;
  /** Webhooks that can take nothing now. */
  readonly except: readonly string[];
}

/** A batch claimed from the queue: its events, each with the numbers of those targets that have no delivery document yet. */
export interface ClaimedBatch {
  readonly id: string;
  readonly events: readonly { readonly event: AcceptedEvent; readonly missing: readonly number[] }[];
  /**
   * False while events of it may still be on their way into the database. Such a batch is not closed: it stays in the
   * queue, to be looked at again.
   */
  readonly isComplete: boolean;
}

/** A delivery to make: the event, its target, and the claim under which it is held. */
export interface ClaimedDelivery {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly event: AcceptedEvent;
  /** Attempts made before this one. */
  readonly attemptCount: number;
  readonly createdAt: number;
  /**
   * How the claim is held. `batch`: no document yet; writing the first one is the fence, since its id is unique.
   * `delivery`: the document carries our token.
   */
  readonly held: 'batch' | 'delivery';
  readonly token: string;
}

/** What becomes of a delivery after an attempt, or after the decision to make none now. */
export interface DeliveryResult {
  readonly delivery: ClaimedDelivery;
  readonly attempt: Attempt | undefined;
  readonly status: DeliveryStatus;
  readonly reason: DeliveryReason | null;
  /** When to try again, epoch ms; null when finished. A pending delivery always has one, so none can be forgotten. */
  readonly dueAt: number | null;
  readonly at: number;
}

export interface HeldClaims {
  readonly token: string;
  readonly batchIds: readonly string[];
  readonly deliveryIds: readonly string[];
}
