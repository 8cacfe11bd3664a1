import type { Task } from '../../server/src/delivery/scheduling/task.ts';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { anEvent, firstDeliveryOf } from './builders.ts';

/** The first delivery of an event, held by an endless lease unless `until` is given. */
export function aTask(change: Partial<AcceptedEvent> = {}, until = Number.POSITIVE_INFINITY): Task {
  const event = anEvent(change);
  const token = 't.0';
  return {
    delivery: firstDeliveryOf(event, token),
    lease: { source: 'outbox', id: event.id, token, until, remaining: 1, isEntryComplete: true },
  };
}
