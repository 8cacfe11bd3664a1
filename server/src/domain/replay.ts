import type { DeliveryStatus } from '@tocsin/shared';

/** A job that sends finished deliveries of one webhook again, in batches. Times are epoch ms. */
export interface Replay {
  readonly id: string;
  readonly appId: string;
  /** The account of the app. */
  readonly accountId: string;
  readonly webhookId: string;
  /** Includes events accepted from this time on. */
  readonly since: number;
  /** Includes events accepted before this time. */
  readonly until: number;
  readonly deliveryStatus: Exclude<DeliveryStatus, 'pending'>;
  /** Event types, or patterns such as `invoice.*`. Undefined: all types. */
  readonly types: readonly string[] | undefined;
  readonly status: 'running' | 'done' | 'cancelled';
  /** Number of deliveries when the job was created. */
  readonly total: number;
  /** Deliveries requeued so far. */
  readonly done: number;
  /** Includes only deliveries that finished earlier, so that the job does not repeat its own deliveries. */
  readonly createdAt: number;
  readonly finishedAt: number | null;
  /** Id of the last delivery that a batch included. Undefined before the first batch. */
  readonly lastDeliveryId?: string | undefined;
}
