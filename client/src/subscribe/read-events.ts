import type { CallOptions } from '../call-options.ts';
import { closedError } from '../errors.ts';
import type { ClientConfig } from '../options.ts';
import { toEvent, type ParsedEvent } from '../receiver/parse-event.ts';
import type { RawEvent } from '../receiver/verify-raw.ts';
import { endingAtOnce } from './ending-at-once.ts';
import {
  parseRecord,
  readReconnecting,
  type PositionedMessage,
  type StreamSubscription,
} from './reconnecting-stream.ts';
import { toPositionedEvent, type UntypedStreamEvent } from './positioned-event.ts';

/** Which events a subscription has. */
export interface EventSelection {
  readonly appId?: string | undefined;
  readonly types?: readonly string[] | undefined;
  readonly after?: string | undefined;
}

/** The observers of a subscription, and the signals that end it. */
interface EventObservers extends Pick<StreamSubscription, 'signals' | 'onReconnect'> {
  /** Called when a connection has its position. Its errors are ignored. */
  readonly onConnect?: (() => void) | undefined;
}

/** The options of one subscription. */
interface SubscriptionOptions extends CallOptions, Omit<EventObservers, 'signals'> {}

/**
 * Opens a subscription. Ends when `closing` aborts, or that of its options.
 *
 * @throws TocsinClientError with the code `CLOSED` when it is read, if the client is closed
 */
export function openSubscription(
  config: ClientConfig,
  closing: AbortSignal,
  { input, options }: { readonly input: EventSelection; readonly options: SubscriptionOptions },
): AsyncGenerator<UntypedStreamEvent, void, undefined> {
  const ending = new AbortController();
  async function* open(): AsyncGenerator<UntypedStreamEvent, void, undefined> {
    if (closing.aborted) throw closedError();
    yield* readEvents(config, input, { ...options, signals: [options.signal, closing, ending.signal] });
  }
  return endingAtOnce(open(), ending);
}

/** Yields the events of a subscription until a signal aborts. */
async function* readEvents(
  config: ClientConfig,
  { appId, types, after }: EventSelection,
  { signals, onConnect, onReconnect }: EventObservers,
): AsyncGenerator<UntypedStreamEvent, void, undefined> {
  const toKnownEvent = (raw: RawEvent) => toEvent(raw, { catalog: config.catalog, types });
  const messages = readReconnecting(config, {
    path: 'events.subscribe',
    input: { appId, types },
    lastEventId: after,
    signals,
    onPosition: onConnect,
    onReconnect,
  });
  for await (const message of messages) {
    const event = message.event === 'message' ? toStreamEvent(message, toKnownEvent) : undefined;
    if (event !== undefined) yield event;
  }
}

function toStreamEvent(
  { data: text, id: cursor }: PositionedMessage,
  toKnownEvent: (raw: RawEvent) => ParsedEvent,
): UntypedStreamEvent | undefined {
  // A position without an event, so that a reconnect does not start from an old one.
  if (text === 'null' || text === '') return undefined;
  return toPositionedEvent({ ...parseRecord(text), cursor }, toKnownEvent);
}
