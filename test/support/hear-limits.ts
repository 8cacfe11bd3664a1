import type { DestinationLimit } from '../../server/src/domain/ports/destination-limits.ts';
import type { Notifications } from '../../server/src/domain/ports/notifications.ts';

/** Collects the limits of chat services that a process is notified of. */
export function hearLimits(notifications: Pick<Notifications, 'subscribe'>) {
  const limits: DestinationLimit[] = [];
  let isListening = false;
  notifications.subscribe({
    onWork: () => undefined,
    onConfigChange: () => (isListening = true),
    onDestinationLimits: (found) => limits.push(...found),
  });
  return {
    heard: (): readonly DestinationLimit[] => limits,
    /** Whether the process has started to listen. */
    isListening: () => isListening,
  };
}
