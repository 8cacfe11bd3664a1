import { readFileSync } from 'node:fs';
import { onTestFinished, vi } from 'vitest';
import type { OutgoingRequest, Sender } from '../../../server/src/domain/ports/sending.ts';
import type { SendResult } from '../../../server/src/domain/send-result.ts';
import { HostResolver } from '../../../server/src/delivery/dns/host-resolver.ts';
import { createHttpSender, type HttpSenderOptions } from '../../../server/src/delivery/http/http-sender.ts';

/** For requests that must reach their deadline. */
export const shortDeadlineMs = 400;

/** For requests whose response begins before their deadline. Less than the time that a body may stay open. */
export const bodyDeadlineMs = 900;

/** For all other requests. Longer than a busy machine needs. */
export const deadlineMs = 20_000;

/** How long after its deadline a request may finish on a busy machine. */
export const slackMs = 10_000;

/** Stops the time of a test until it moves on with `vi.advanceTimersByTime`. Sockets are not affected. */
export function stopTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
}

/** Waits for a condition while the time is stopped, which `expect.poll` would move on. */
export async function waitInStoppedTime(holds: () => boolean): Promise<void> {
  const over = new AbortController();
  onTestFinished(() => over.abort());
  while (!holds() && !over.signal.aborted) await new Promise((resolve) => setImmediate(resolve));
}
const testAuthority = readFileSync(new URL('../../fixtures/tls/authority.cert.pem', import.meta.url), 'utf8');

export type OpenSender = Sender & AsyncDisposable;

/** Creates a sender for receivers on loopback. The test closes it with `await using`. */
export function openSender(options: Partial<HttpSenderOptions> = {}): OpenSender {
  const { resolve } = new HostResolver();
  const sender = createHttpSender({
    allowPrivateTargets: true,
    ca: testAuthority,
    resolver: resolve,
    ...options,
  });
  return {
    send: (request) => sender.send(request),
    close: () => sender.close(),
    [Symbol.asyncDispose]: () => sender.close(),
  };
}

export function requestTo(origin: string, change: Partial<OutgoingRequest> = {}): OutgoingRequest {
  return {
    accountId: 'acc_a',
    origin,
    path: '/hook?a=1',
    headers: { 'content-type': 'application/json', 'user-agent': 'Tocsin' },
    body: '{"n":"é"}',
    deadlineMs,
    ...change,
  };
}

/** The reason of a request without a response, or `answered` and the status. */
export function toOutcome(result: SendResult): string {
  return result.kind === 'unanswered' ? result.reason : `answered ${result.statusCode}`;
}

export const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
