import type { ChangesRead } from '../../../../src/domain/ports/change-log.ts';
import type { ConfigChange } from '../../../../src/domain/ports/notifications.ts';
import type { Clock } from '../../../../src/domain/ports/runtime.ts';
import { dayMs } from '../../../../src/domain/windows.ts';
import type { NotificationBus } from '../notifications/notification-bus.ts';

/** Changes of one read. More of them are not kept, because no read returns them. */
const maxChanges = 1_000;

/**
 * Numbers the changes to configuration and notifies all processes of them. A store records a change in the same step
 * in which it makes it, without an `await` in between.
 */
export class ConfigChanges {
  readonly #bus: NotificationBus;
  readonly #clock: Clock;
  /** The number of the newest change. */
  #last = 0;
  /** The newest changes, oldest first. Their numbers have no gaps. */
  #kept: { readonly change: ConfigChange; readonly at: number }[] = [];

  constructor(bus: NotificationBus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  record({ collection, id, appId, resetsHealth }: ConfigChange): void {
    const notified = { collection, id, appId };
    const change = resetsHealth === undefined ? notified : { ...notified, resetsHealth };
    this.#last++;
    this.#kept.push({ change, at: this.#clock.now() });
    if (this.#kept.length > maxChanges) this.#kept.shift();
    this.#bus.publish({ kind: 'changed', change: notified });
  }

  /** See `ChangeLog.read`. */
  read(after: number | undefined): ChangesRead {
    this.#dropExpired();
    const seen = this.#last;
    const newer = after === undefined ? -1 : seen - after;
    if (newer < 0 || newer > this.#kept.length) return { seen, changes: undefined };
    const changes = this.#kept.slice(this.#kept.length - newer).map(({ change }) => ({ ...change }));
    return { seen, changes };
  }

  #dropExpired(): void {
    const keptSince = this.#clock.now() - dayMs;
    this.#kept = this.#kept.filter(({ at }) => at > keptSince);
  }
}
