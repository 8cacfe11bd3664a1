import type { TestApp } from './app.ts';

export interface StreamedEvent {
  readonly id: string;
  readonly appId: string;
}

/** A live subscription over a real connection, which reads as fast as it can. */
export interface EventStream {
  /** Ids of the received events, in order. */
  readonly eventIds: string[];
  /** Cursor of the last message. Undefined before the first one. */
  readonly cursor: string | undefined;
  /** Everything that was received. */
  readonly text: string;
  readonly isEnded: boolean;
  close(): void;
}

export function openEventStream(
  app: Pick<TestApp, 'url' | 'rootToken'>,
  input: object = {},
  token = app.rootToken,
  /** Reads no more after the first message until this resolves. */
  untilRead: Promise<void> = Promise.resolve(),
): EventStream {
  const connection = new AbortController();
  const stream = {
    eventIds: [] as string[],
    cursor: undefined as string | undefined,
    text: '',
    isEnded: false,
    close: () => connection.abort(),
  };
  const url = `${app.url}/trpc/events.subscribe?input=${encodeURIComponent(JSON.stringify(input))}`;
  const read = async () => {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      signal: connection.signal,
    });
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const text = Buffer.from(chunk as Uint8Array).toString(); // fetch yields bytes
      stream.text += text;
      const messages = (rest + text).split('\n\n');
      rest = messages.pop() ?? '';
      for (const message of messages) readMessage(stream, message);
      if (stream.cursor !== undefined) await untilRead;
    }
  };
  void read()
    .catch(() => undefined)
    .finally(() => (stream.isEnded = true));
  return stream;
}

function readMessage(stream: { eventIds: string[]; cursor: string | undefined }, message: string): void {
  const cursor = /^id: (.+)$/m.exec(message)?.[1];
  if (cursor === undefined) return;
  stream.cursor = cursor;
  const data = /^data: (.+)$/m.exec(message)?.[1];
  const event = JSON.parse(data ?? 'null') as StreamedEvent | null;
  if (event !== null) stream.eventIds.push(event.id);
}
