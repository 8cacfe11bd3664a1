import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { runInNewContext } from 'node:vm';
import { isWebhookVerificationError } from '@tocsin/client/receiver';
import type {
  NodeRequest,
  ReceiverOptions,
  VerificationErrorCode,
  WebhookEvent,
} from '@tocsin/client/receiver';
import { signStandard } from '@tocsin/shared';

const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
export const at = 1_775_835_000;
const now = () => at * 1000;
export const body = JSON.stringify({
  type: 'user.ban',
  timestamp: '2026-04-10T15:30:00.000Z',
  data: { userId: 'u', username: 'Zoë', reason: 'r', bannedBy: 'b', appId: 'a' },
});
export const bytes = new TextEncoder().encode(body);

export async function headersFor(text: string): Promise<Record<string, string>> {
  return {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(at),
    'webhook-signature': await signStandard(secret, { id: 'evt_1', timestamp: at, body: text }),
  };
}

export type Failure = VerificationErrorCode | 'other';

/** Options that collect the errors of `onFailure`, and a handler that collects events. */
export function collecting(more: Partial<ReceiverOptions> = {}) {
  const failures: Failure[] = [];
  const bodies: unknown[] = [];
  const events: WebhookEvent[] = [];
  const options = {
    secret,
    now,
    onFailure: (error: unknown, request: object) => {
      failures.push(isWebhookVerificationError(error) ? error.code : 'other');
      bodies.push('body' in request ? request.body : undefined);
    },
    ...more,
  } as ReceiverOptions;
  return { failures, bodies, events, options, handler: (event: WebhookEvent) => void events.push(event) };
}

/** A copy of bytes, as an array of another realm, like those of a vm context. */
export function ofOtherRealm(of: Uint8Array): Uint8Array {
  const OtherArray = runInNewContext('Uint8Array') as typeof Uint8Array;
  return OtherArray.from(of);
}

/** A response like Node's that records what is written to it. */
export function responseOf() {
  const written: unknown[] = [];
  return {
    written,
    writeHead: (status: number, headers: Record<string, string>) => void written.push(status, headers),
    end: (text: string) => void written.push(text),
  };
}

export const json = { 'content-type': 'application/json' };
export const received = [200, json, '{"received":true}'];
export const notVerified = [401, json, '{"error":"not_verified"}'];
export const tooLarge = [413, { ...json, connection: 'close' }, '{"error":"payload_too_large"}'];
export const failed = [500, json, '{"error":"receiver_failed"}'];

export async function streamed(more: object = {}): Promise<PassThrough & NodeRequest> {
  return Object.assign(new PassThrough(), { headers: await headersFor(body), ...more });
}

/** A request whose stream was read to its end by a body parser. */
export async function consumed(more: object): Promise<PassThrough & NodeRequest> {
  const request = await streamed(more);
  request.end(bytes);
  await buffer(request);
  return request;
}
