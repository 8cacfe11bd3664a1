import type { DestinationLimitScope } from '../../domain/ports/telemetry.ts';
import type { Format } from '@tocsin/shared';
import type { AttemptOutcome } from '../../domain/retry-policy.ts';
import type { SendResult } from '../../domain/send-result.ts';
import { version } from '../../version.ts';
import type { Message } from './message/message.ts';
import type { HttpResponse } from './read-response.ts';

/**
 * The chat formats of the API, and `slack-workflow`, which `auto` and `slack` select for a workflow's URL.
 */
export type DestinationName = Exclude<Format, 'auto' | 'json'> | 'slack-workflow';

/** The format of the request body, after `auto` and Slack's variants are resolved. */
export type ResolvedFormat = 'json' | DestinationName;

/** A chat service: how requests to it are built, and what its responses mean. */
export interface Destination {
  /** Whether the format `auto` selects this destination for a webhook's URL. */
  matches(url: URL): boolean;

  /** The URL to request for a webhook's URL. */
  requestUrl(url: URL): URL;

  /** All headers of a request. `publicHost` is the host that identifies this server, if one is configured. */
  headers(publicHost: string | undefined): ChatHeaders;

  /** The request body. Pure: every attempt of an event sends the same bytes. */
  body(message: Message): string;

  /** The outcome of an attempt, or undefined if the ordinary HTTP rules apply. */
  classify(response: HttpResponse): AttemptOutcome | undefined;

  /**
   * How long to wait before the next request, in ms; 0 for no wait. Assumes one request at a time: two
   * requests in flight would both use the last slot of a rate limit.
   */
  cooldownMs(result: SendResult): number;

  /** The limits that a response says are exceeded, at most one for each scope. `now` is epoch ms. */
  limits(response: HttpResponse, now: number): readonly ExceededLimit[];

  /**
   * Whether the service counts a response as an invalid request. Services block the address of a sender that
   * draws many of them.
   */
  isInvalidRequest(response: HttpResponse): boolean;
}

/**
 * What a limit covers: all requests of our address to the service, or the requests to one webhook of the service.
 */
export type LimitScope = Exclude<DestinationLimitScope, 'account'>;

/** A limit of a chat service that is in force. */
export interface ExceededLimit {
  readonly scope: LimitScope;
  /** No request that it covers may be sent before, epoch ms. */
  readonly until: number;
}

/**
 * A request to a chat service has no other headers: no secret, no signature, no custom header. These are
 * meant for the receiver, and the operator of a chat service is not the receiver.
 */
export type ChatHeaders = Readonly<Record<'content-type' | 'user-agent', string>>;

export const productToken = `Tocsin/${version}`;

export function chatHeaders(userAgent: string = productToken): ChatHeaders {
  return { 'content-type': 'application/json', 'user-agent': userAgent };
}

/** The webhook no longer exists at the chat service. */
export const destinationRemoved: AttemptOutcome = {
  kind: 'final',
  reason: 'destination_removed',
  disable: 'destination_removed',
};

/** The chat service reports an error in a response that HTTP counts as a success. */
export const destinationRefused: AttemptOutcome = {
  kind: 'failure',
  reason: 'destination_refused',
  retryAfterMs: undefined,
  slowsEndpoint: false,
};
