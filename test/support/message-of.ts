import { getEventDefinition, type AnyEventType } from '@tocsin/shared';
import type { Message } from '../../server/src/delivery/destinations/message/message.ts';

/** The catalog's example of an event, with some of its data changed. */
export function messageOf(type: AnyEventType, changes: Readonly<Record<string, unknown>> = {}): Message {
  return {
    id: 'evt_01hzy3v9k2m4n6p8q0r2s4t600',
    type,
    timestamp: '2026-04-10T15:30:00.000Z',
    appId: 'app_xyz789',
    dataText: JSON.stringify({ ...getEventDefinition(type).example, ...changes }),
  };
}
