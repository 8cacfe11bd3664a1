import { findBytes } from '../bytes.ts';
import { WebhookVerificationError } from '../verification-error.ts';
import { BodyCollector, tooLarge } from './body-limit.ts';

/** The parts of a readable stream of Node that the adapters use. */
export interface NodeStream {
  on(event: string, listener: (chunk: Uint8Array) => void): unknown;
  resume?(): unknown;
  /** Whether the stream was closed, for example because the sender left. */
  readonly destroyed?: boolean | undefined;
  /** The encoding of `setEncoding`, if it was called. */
  readonly readableEncoding?: string | null | undefined;
}

/** Reads a stream to its end, up to a limit. */
export function readNodeStream(
  stream: NodeStream,
  limit: number,
): Promise<Uint8Array | WebhookVerificationError> {
  const { destroyed, readableEncoding } = stream;
  // A closed stream emits nothing anymore, so waiting for it would never end.
  if (destroyed === true) return Promise.resolve(broken('before'));
  if (!isUtf8(readableEncoding)) {
    return Promise.resolve(
      new WebhookVerificationError(
        'BODY_NOT_RAW',
        `the body is decoded as ${readableEncoding}; verify before setEncoding is called`,
      ),
    );
  }
  return new Promise((resolve) => {
    const body = new BodyCollector(limit);
    stream.on('data', (chunk: unknown) => {
      // setEncoding('utf8') splits a text between characters only, so each piece can be encoded by itself.
      const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : findBytes(chunk);
      if (bytes === undefined) resolve(notBytes());
      // Keeps reading beyond the limit, because the sender may not read the response before the body is sent.
      else if (!body.add(bytes)) resolve(tooLarge(limit));
    });
    // Without effect if the body was too large, because the promise is settled.
    stream.on('end', () => resolve(body.concat()));
    stream.on('error', () => resolve(broken('while')));
    stream.on('close', () => resolve(broken('while')));
    // A stream that something paused does not flow by listening alone.
    stream.resume?.();
  });
}

function isUtf8(encoding: string | null | undefined): boolean {
  return encoding === undefined || encoding === null || /^utf-?8$/i.test(encoding);
}

function broken(when: 'before' | 'while'): WebhookVerificationError {
  return new WebhookVerificationError('BODY_UNREADABLE', `the connection broke ${when} the body was read`);
}

function notBytes(): WebhookVerificationError {
  return new WebhookVerificationError('BODY_NOT_RAW', 'the stream of the body has other values than bytes');
}
