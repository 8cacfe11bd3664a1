/* The backlog of one webhook: what it still has to get. */

export interface BacklogStore {
  /** Counts the backlog of a webhook. Reads index keys only. */
  readBacklog(request: BacklogRequest): Promise<WebhookBacklogCounts>;
}

export interface BacklogRequest {
  readonly webhookId: string;
  readonly now: number;
  /** Counts failed deliveries of events accepted at or after this time, epoch ms. Undefined: all stored. */
  readonly failedSince: number | undefined;
}

export interface WebhookBacklogCounts {
  /** Deliveries with a document and a due time. */
  readonly waiting: number;
  /** Deliveries without a document, because their first attempt has not ended. */
  readonly underWay: number;
  /** Those of `waiting` that are due. */
  readonly dueNow: number;
  /** When the event of the oldest waiting delivery was accepted, epoch ms. Null if none waits. */
  readonly oldestAt: number | null;
  /** Due time of the first waiting delivery, epoch ms. Null if none waits. */
  readonly nextDueAt: number | null;
  readonly failed: number;
  /** True if there are more than are counted, so that the numbers are lower bounds. */
  readonly isCapped: boolean;
}
