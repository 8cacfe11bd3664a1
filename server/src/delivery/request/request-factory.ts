import type { AcceptedEvent } from '../../domain/event.ts';
import type { OutgoingRequest } from '../../domain/ports/sending.ts';
import type { SendResult } from '../../domain/send-result.ts';
import type { ResolvedFormat } from '../destinations/destination.ts';
import type { Limits } from './limits.ts';

/**
 * Creates the requests of one webhook. Its URL is parsed and its secrets are decrypted once for all of them.
 */
export interface RequestFactory {
  readonly format: ResolvedFormat;
  readonly limits: Limits;

  /** Creates the request of one attempt, which is made at `attemptAt` (epoch ms). */
  createRequest(event: AcceptedEvent, attemptAt: number, deadlineMs: number): OutgoingRequest;

  /**
   * Of a chat service: applies the limits that a result says are exceeded. Returns true if the service limits all
   * requests of our address, so that the result says nothing about the endpoint.
   */
  applyLimits?(result: SendResult, now: number): boolean;

  /** Removes the webhook's credentials from the response body, which is stored and shown. */
  redact(result: SendResult, attemptAt: number): SendResult;
}
