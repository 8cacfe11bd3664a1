import type { Reconnect } from '@tocsin/client';
import type { CliClient } from '../connect.ts';
import type { ForwardedEvent } from './forwarded-event.ts';
import { readStoredEvents, type StoredSelection } from './stored-events.ts';

/** What to read. */
export interface EventSource {
  readonly appId: string;
  /** Undefined: all types. */
  readonly types: readonly string[] | undefined;
  /** Stored events to read first. Undefined: none. */
  readonly stored: Pick<StoredSelection, 'since' | 'last'> | undefined;
  /** Whether to end after the stored events. */
  readonly isOnce: boolean;
  readonly signal: AbortSignal;
  readonly onConnect: () => void;
  readonly onReconnect: (reconnect: Reconnect) => void;
}

/**
 * Yields the stored events, and then the new ones until the signal aborts. Without a gap, because the subscription has
 * its position before the stored events are listed. Without a duplicate, because events of both have the same id.
 *
 * @throws TocsinClientError if the server rejects the calls permanently
 */
export async function* readEvents(
  client: CliClient,
  source: EventSource,
): AsyncGenerator<ForwardedEvent, void, undefined> {
  const { appId, types, stored, isOnce, signal, onReconnect } = source;
  if (isOnce) {
    if (stored !== undefined) yield* readStoredEvents(client, { appId, types, ...stored });
    return;
  }
  let resolveConnected = (): void => undefined;
  const connected = new Promise<void>((resolve) => {
    resolveConnected = resolve;
  });
  const onConnect = () => {
    source.onConnect();
    resolveConnected();
  };
  const live = client.events.subscribe({ appId, types: types ?? ['*'] }, { signal, onConnect, onReconnect });
  try {
    const first = live.next();
    await Promise.race([connected, first]);
    const seen = new Set<string>();
    if (stored !== undefined) {
      for await (const event of readStoredEvents(client, { appId, types, ...stored })) {
        seen.add(event.id);
        yield event;
      }
    }
    for (let next = await first; next.done !== true; next = await live.next()) {
      const { id, type, timestamp, data } = next.value;
      if (seen.delete(id)) continue;
      const name = 'eventType' in next.value ? next.value.eventType : type;
      yield { id, appId, type: name, timestamp, data };
    }
  } finally {
    await live.return();
  }
}
