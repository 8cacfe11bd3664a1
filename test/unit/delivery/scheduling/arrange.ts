import { vi } from 'vitest';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import { toDeliveryId } from '../../../../server/src/domain/ids.ts';
import { toPartition } from '../../../../server/src/domain/partition.ts';
import type {
  DueDelivery,
  OpenEntry,
  OwedEntry,
} from '../../../../server/src/domain/ports/delivery-queue.ts';
import type { Task } from '../../../../server/src/delivery/scheduling/task.ts';
import { anEvent } from '../../../support/builders.ts';

export const noLog = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

export const noMeter = {
  countAccepted: vi.fn(),
  countAttempt: vi.fn(),
  countFinished: vi.fn(),
  countFenced: vi.fn(),
  countRefused: vi.fn(),
  observeBatch: vi.fn(),
};

/** A delivery of an event, without a document unless a revision is given. */
export function aDelivery(event: AcceptedEvent, index = 0, revision = 0): DueDelivery {
  return {
    deliveryId: toDeliveryId(event.id, index),
    webhookId: event.targets[index] ?? '',
    event,
    attemptCount: revision === 0 ? 0 : 1,
    createdAt: event.acceptedAt,
    revision,
  };
}

/** A first delivery owed by an entry, or with a revision a delivery that has a document. */
export function aTask(event: AcceptedEvent = anEvent(), index = 0, revision = 0): Task {
  const delivery = aDelivery(event, index, revision);
  const entryId = revision === 0 ? event.id : undefined;
  return { delivery, partition: toPartition(delivery.webhookId), entryId };
}

/** The entry of events as a search finds it. */
export function anEntry(events: readonly AcceptedEvent[], change: Partial<OpenEntry> = {}): OpenEntry {
  return {
    id: events[0]?.id ?? '',
    eventIds: events.map((event) => event.id),
    open: [...new Set(events.flatMap((event) => event.targets).map(toPartition))],
    ...change,
  };
}

/** The entry of events as it is read, without any document of its deliveries. */
export function anOwedEntry(events: readonly AcceptedEvent[], change: Partial<OwedEntry> = {}): OwedEntry {
  const { id, open } = anEntry(events);
  return {
    id,
    open,
    events: events.map((event) => ({ event, missing: [...event.targets.keys()] })),
    isComplete: true,
    ...change,
  };
}

/** A promise that the test settles. */
export function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
