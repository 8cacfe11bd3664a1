import type { Format, SigningProfile } from '@tocsin/shared';
import type { Attempt } from '../delivery.ts';
import type { AcceptedEvent } from '../event.ts';
import type { SendResult } from '../send-result.ts';
import type { Webhook } from '../webhook.ts';

/* One request to a receiver, and what the services ask beside the queue: may it be called, what would it be sent. */

/** One HTTP request to a receiver. Address vetting, deadline and reply limits are the sender's. */
export interface Sender {
  send(request: OutgoingRequest): Promise<SendResult>;
  close(): Promise<void>;
}

export interface OutgoingRequest {
  /** `https://host:port`. */
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly deadlineMs: number;
}

/** Judges a webhook's URL before it is stored: answers its normal form, or throws INVALID_URL naming what is wrong. */
export interface TargetPolicy {
  check(url: string): Promise<string>;
}

/** The body that an event would have at a destination. */
export type RenderPreview = (
  event: AcceptedEvent,
  format: Exclude<Format, 'auto'>,
  profile: SigningProfile,
) => string;

/** One request to a webhook, outside the queue: the test ping. */
export type PingEndpoint = (webhook: Webhook, event: AcceptedEvent) => Promise<Attempt>;
