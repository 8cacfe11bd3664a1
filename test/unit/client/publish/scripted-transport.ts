import { onTestFinished, vi } from 'vitest';
import { TocsinClientError, type ClientErrorCode } from '../../../../client/src/errors.ts';
import { normalizeOptions, type TocsinClientOptions } from '../../../../client/src/options.ts';
import { Coalescer } from '../../../../client/src/publish/coalescer.ts';
import type { PublishOutcome } from '../../../../client/src/publish/types.ts';

/** Returns the outcomes of a request, or throws its error. */
export type Script = (events: readonly string[], index: number) => PublishOutcome[];

export const ok: PublishOutcome = { ok: true, id: 'evt_1', deliveries: 1 };

export function failure(
  code: ClientErrorCode,
  details: { httpStatus?: number; retryAfterMs?: number; retryable?: boolean } = {},
): TocsinClientError {
  return new TocsinClientError(code, code, { retryable: true, ...details });
}

/**
 * A coalescer whose requests take a ms of the fake clock and are answered by a script. `sent` has the events of
 * each request.
 */
export function setUpScript(script: Script, options: Partial<TocsinClientOptions> = {}) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const sent: string[][] = [];
  const inFlight = { now: 0, most: 0 };
  const config = normalizeOptions({ url: 'http://server.invalid', token: 't', ...options });
  const coalescer = new Coalescer(config, {
    publishMany: async (events) => {
      const index = sent.push([...events]) - 1;
      inFlight.most = Math.max(inFlight.most, ++inFlight.now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      inFlight.now--;
      return script(events, index);
    },
  });
  const texts = () => sent.map((events) => events.join(''));
  return { coalescer, sent, texts, inFlight };
}
