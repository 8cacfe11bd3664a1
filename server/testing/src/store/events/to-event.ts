import type { AcceptedEvent } from '../../../../src/domain/event.ts';

/** Returns a copy of an event without the fields that only the stores know. The text of its data is not copied. */
export function toEvent(event: AcceptedEvent): AcceptedEvent {
  return {
    id: event.id,
    appId: event.appId,
    accountId: event.accountId,
    type: event.type,
    timestamp: event.timestamp,
    dataText: event.dataText,
    idempotencyKey: event.idempotencyKey,
    acceptedAt: event.acceptedAt,
    targets: [...event.targets],
    traceparent: event.traceparent,
    presentation: structuredClone(event.presentation),
    renderings: event.renderings?.map((rendering) => ({ ...rendering, targets: [...rendering.targets] })),
    searchValues: event.searchValues && [...event.searchValues],
  };
}
