import { findBytes } from '../bytes.ts';
import { WebhookVerificationError } from '../verification-error.ts';
import { BodyCollector, tooLarge } from './body-limit.ts';

/** Reads a stream to its end. Cancels it as soon as it exceeds the limit. */
export async function readWebStream(
  stream: ReadableStream<Uint8Array>,
  limit: number,
): Promise<Uint8Array | WebhookVerificationError> {
  try {
    const reader = stream.getReader();
    const body = new BodyCollector(limit);
    // Not awaited: the response does not depend on it.
    const stop = () => void reader.cancel().catch(() => undefined);
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      const bytes = findBytes(step.value);
      if (bytes !== undefined && body.add(bytes)) continue;
      stop();
      return bytes === undefined ? unreadable('its stream has other values than bytes') : tooLarge(limit);
    }
    return body.concat();
  } catch (cause) {
    return unreadable('the connection broke, or other code reads it', cause);
  }
}

function unreadable(reason: string, cause?: unknown): WebhookVerificationError {
  return new WebhookVerificationError('BODY_UNREADABLE', `the body could not be read: ${reason}`, cause);
}
