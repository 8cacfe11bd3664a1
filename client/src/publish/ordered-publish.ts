import type { CallsInFlight } from '../calls-in-flight.ts';
import { timeoutError } from '../errors.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import { startTimer } from '../http/timer.ts';
import type { ClientConfig } from '../options.ts';
import type { PublishInOrder } from './publish-json.ts';
import type { PublishTransport } from './transport.ts';

/** Creates the function that publishes events in order, within the client's `timeoutMs`. */
export function createPublishInOrder(
  config: ClientConfig,
  transport: PublishTransport,
  calls: CallsInFlight,
): PublishInOrder {
  return async (texts, { signal } = {}) => {
    const overall = linkedAbort(signal);
    const expiresAt = Date.now() + config.timeoutMs;
    const stopTimer = startTimer(() => overall.abort(timeoutError(config.timeoutMs)), config.timeoutMs);
    const options = { signal: overall.signal, expiresAt, isOrdered: true };
    try {
      return await calls.run(() => transport.publishMany(texts, options), overall.abort);
    } finally {
      stopTimer();
      overall.release();
    }
  };
}
