import type { AnyEventType, DeliveryStatus } from '@tocsin/shared';

/** A job that sends finished deliveries of one webhook again, in bounded batches. */
export interface Replay {
  readonly id: string;
  readonly appId: string;
  readonly webhookId: string;
  readonly since: number;
  readonly until: number;
  readonly deliveryStatus: Exclude<DeliveryStatus, 'pending'>;
  readonly types: readonly AnyEventType[] | undefined;
  readonly status: 'running' | 'done' | 'cancelled';
  readonly total: number;
  readonly done: number;
  /** Only deliveries that had ended by then: what the job itself sent again is not sent a second time. */
  readonly createdAt: number;
  readonly finishedAt: number | null;
}
