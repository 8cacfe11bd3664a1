import type { OperationalNotice } from '../../domain/ports/endpoint-watch-store.ts';
import type { EndpointWatchStore } from '../../domain/ports/endpoint-watch-store.ts';
import { isTocsinError } from '../../domain/errors.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { Publish } from '../events/publish.ts';
import { toIso } from '../common/iso-time.ts';

export interface PublishNoticesDeps {
  readonly watches: Pick<EndpointWatchStore, 'listNotices' | 'removeNotices'>;
  readonly publish: Publish;
  readonly operationalApp: string;
  readonly log: Log;
}

/** Notices of one run. */
const maxPublished = 500;

/**
 * Publishes stored notices to the operator's app, like any other event: accepted once, signed, retried and visible.
 * The id of a notice is its idempotency key, so a crash between publishing and removing it causes no second event.
 */
export function createPublishNotices({ watches, publish, operationalApp, log }: PublishNoticesDeps) {
  async function publishOne({ id, type, data, at }: OperationalNotice): Promise<string | undefined> {
    try {
      await publish(
        { kind: 'root' },
        { appId: operationalApp, event: type, data, idempotencyKey: id, timestamp: toIso(at) },
      );
      return id;
    } catch (error) {
      const isFinal = isTocsinError(error) && !error.retryable && error.code !== 'FORBIDDEN';
      log.warn(
        { err: error, type, appId: operationalApp },
        isFinal ? 'operational event dropped' : 'operational event not published; will retry',
      );
      return isFinal ? id : undefined;
    }
  }

  return async function publishNotices(): Promise<void> {
    const waiting = await watches.listNotices(maxPublished);
    if (waiting.length === 0) return;
    // The first one shows whether it works, so that a missing app is one line in the log.
    const [first, ...others] = waiting;
    const done = first === undefined ? undefined : await publishOne(first);
    if (done === undefined) return;
    const more = await Promise.all(others.map(publishOne));
    await watches.removeNotices([done, ...more.filter((id) => id !== undefined)]);
  };
}
