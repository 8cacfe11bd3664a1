import type { Format, SigningProfile } from '@tocsin/shared';
import type { Attempt } from '../delivery.ts';
import type { AcceptedEvent } from '../event.ts';
import type { SendResult } from '../send-result.ts';
import type { KeyPair } from '../webhook-endpoint.ts';
import type { Webhook } from '../webhook.ts';

/* Requests to receivers, and the parts of delivery that services use without the queue. */

/**
 * Sends one HTTP request to a receiver. Enforces the SSRF guard, the deadline and the limits of the response.
 */
export interface Sender {
  /** Never rejects. Failures are results. */
  send(request: OutgoingRequest): Promise<SendResult>;
  close(): Promise<void>;
}

export interface OutgoingRequest {
  /** The account that the connections of an origin are shared by. */
  readonly accountId: string;
  /** `https://host:port`. */
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For receivers that ask for a certificate. Undefined: none is sent. */
  readonly clientCertificate?: ClientIdentity | undefined;
  readonly deadlineMs: number;
}

/** A client certificate. Requests with different ones share no connection and no TLS session. */
export interface ClientIdentity extends KeyPair {
  /** Equal for equal certificates and keys only. */
  readonly id: string;
}

/** Checks the URL of a webhook or an alert channel before it is stored. */
export interface TargetPolicy {
  /**
   * Returns the normalized URL. Ends within 3 s, even if the name servers of the host do not answer.
   *
   * @param accountId the account whose share of name lookups is used
   * @param field the field of the input that has the URL, which the error names
   * @throws INVALID_URL, which says what is wrong.
   */
  check(url: string, accountId: string, field: string): Promise<string>;
}

/** Returns the request body that an event would have. */
export type RenderPreview = (
  event: AcceptedEvent,
  format: Exclude<Format, 'auto'>,
  profile: SigningProfile,
) => string;

/** Sends a test ping to a webhook, outside the queue. */
export type PingEndpoint = (webhook: Webhook, event: AcceptedEvent) => Promise<Attempt>;

/** The limits of endpoints in this process, for requests outside the queue. */
export interface EndpointTurns {
  /**
   * Takes a turn that counts against the rate limit and the concurrency limit of a webhook. Returns the
   * function that ends the request, the time of the next turn if it is too early (epoch ms), or undefined if
   * other requests have to end first.
   */
  takeTurn(webhook: Webhook): (() => void) | number | undefined;
}

/** The test pings of all processes: at most one at a time for each webhook, and none before its time. */
export interface TestTurnStore {
  /**
   * Takes the turn of a webhook until `until`. Times are epoch ms. Returns the time of the next turn if it is
   * taken or too early.
   */
  take(webhookId: string, now: number, until: number): Promise<number | undefined>;
  /** Ends the turn that was taken until `until`. The next one is possible from `next` on. */
  end(webhookId: string, until: number, next: number): Promise<void>;
}
