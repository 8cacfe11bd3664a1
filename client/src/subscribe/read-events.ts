import { TocsinClientError } from '../errors.ts';
import { isRecord } from '../http/error-response.ts';
import type { ClientConfig } from '../options.ts';
import { toEvent, type ParsedEvent } from '../receiver/parse-event.ts';
import type { RawEvent } from '../receiver/verify-raw.ts';
import {
  parseRecord,
  readReconnecting,
  type PositionedMessage,
  type StreamSubscription,
} from './reconnecting-stream.ts';
import type { StreamFields } from './stream-fields.ts';

/** An event of any map of events. */
export type UntypedStreamEvent = ParsedEvent & StreamFields;

/** Which events a subscription has. */
export interface EventSelection {
  readonly appId?: string | undefined;
  readonly types?: readonly string[] | undefined;
  readonly after?: string | undefined;
}

/** The observers of a subscription, and the signals that end it. */
export interface EventObservers extends Pick<StreamSubscription, 'signals' | 'onReconnect'> {
  /** Called when a connection has its position. Its errors are ignored. */
  readonly onConnect?: (() => void) | undefined;
}

/** Yields the events of a subscription until a signal aborts. */
export async function* readEvents(
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
  const { id, appId, type, timestamp, data } = parseRecord(text) ?? {};
  if (
    typeof id !== 'string' ||
    typeof appId !== 'string' ||
    typeof type !== 'string' ||
    typeof timestamp !== 'string' ||
    !isRecord(data)
  ) {
    const message = `the message with the cursor ${cursor} in the event stream is not an event`;
    throw new TocsinClientError('BAD_RESPONSE', message, { retryable: false });
  }
  // As it is on the wire, like the types say: without a catalog, no schema is at hand. Data with an unknown shape
  // makes the event unknown. An error would end the subscription permanently.
  return { ...toKnownEvent({ id, type, timestamp, data }), data, id, appId, cursor };
}
