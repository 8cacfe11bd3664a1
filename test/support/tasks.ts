import type { Task } from '../../server/src/delivery/scheduling/task.ts';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
import { anEvent, firstDeliveryOf } from './builders.ts';

/** The first delivery of an event. */
export function aTask(change: Partial<AcceptedEvent> = {}): Task {
  const event = anEvent(change);
  const delivery = firstDeliveryOf(event);
  return { delivery, partition: toPartition(delivery.webhookId), entryId: event.id };
}
