import { setTimeout as sleep } from 'node:timers/promises';
import type {
  FeedCommitInput,
  FeedCommitResult,
  FeedConsumers,
  FeedEventView,
  FeedPage,
  FeedReadInput,
} from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError, fieldError, TocsinError } from '../../domain/errors.ts';
import { originPosition, positionFromCursor, timeFromPosition } from '../../domain/feed-position.ts';
import type { FeedEvent, FeedFilter, FeedItem } from '../../domain/ports/event-feed.ts';
import type { FeedConsumerStore } from '../../domain/ports/feed-consumers.ts';
import type { FeedLog, FeedLogState } from '../../domain/ports/feed-log.ts';
import type { ConfigChange } from '../../domain/ports/notifications.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { ReadGate } from '../authorization/read-gate.ts';
import { toIso } from '../common/iso-time.ts';
import type { FeedHistory } from './feed-history.ts';
import type { FeedTail } from './feed-tail.ts';

export interface FeedServiceDeps {
  readonly feedLog: Pick<FeedLog, 'use'>;
  readonly history: FeedHistory;
  readonly tail: FeedTail;
  readonly consumers: FeedConsumerStore;
  readonly access: AccessControl;
  readonly gate: Pick<ReadGate, 'run'>;
  readonly clock: Clock;
  /** Lets this process write the log at once if no other one does. */
  readonly wakeWriter: () => void;
  readonly onEvents: (count: number) => void;
}

/** Consumers of one app. */
const maxConsumers = 100;

/** Data of the events of one page. A single event has at most 200 KiB. */
const maxPageBytes = 4 * 1024 * 1024;

/** The use of the log is noted this often. */
const noteUseEveryMs = 60 * 60_000;

/** How long the first read waits for the log, and how often it looks. */
const startTimeoutMs = 10_000;
const startCheckMs = 25;

/** Cursors have the time of the database, which may be ahead of this clock by a little. */
const maxAheadMs = 5_000;

const retryAfterSeconds = 2;

/** The pull feed of an app: its events in commit order, and the cursors of its consumers. */
export class FeedService {
  readonly #deps: FeedServiceDeps;
  #notedAt = -Infinity;

  constructor(deps: FeedServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Returns the events after a cursor. With `waitMs`, waits for one.
   *
   * @throws INVALID_INPUT if the cursor is malformed.
   * @throws RATE_LIMITED if the account has too many waiting reads.
   * @throws UNAVAILABLE if the log is not ready.
   */
  async read(actor: Actor, input: FeedReadInput, signal: AbortSignal): Promise<FeedPage> {
    const { access, history, tail, gate, onEvents } = this.#deps;
    const { appId, types, limit, waitMs } = input;
    const accountId = await access.requireApp(actor, appId, 'events:read');
    const filter: FeedFilter = { accountId, appId, types };
    const after = await this.#findStart(input);
    const state = await this.#getState(after, signal);
    const limits = { events: limit, bytes: maxPageBytes };
    const items: PageItem[] = [];
    let position = after;
    if (position !== undefined) {
      const from = history.toCovered(state, position);
      const page = await gate.run(actor, () => history.readPage(state, filter, from, limits));
      items.push(...page.items);
      ({ position } = page);
      if (!page.isAtEnd) {
        onEvents(items.length);
        return toPage(items, position, true);
      }
    }
    const end = await tail.read(actor, { filter, after: position, waitMs, limits, items }, signal);
    onEvents(end.items.length);
    return toPage(end.items, end.position, end.hasMore);
  }

  /**
   * Stores the cursor of a consumer.
   *
   * @throws CONFLICT if the stored cursor is not the expected one.
   * @throws QUOTA_EXCEEDED if the app has too many consumers.
   */
  async commit(actor: Actor, input: FeedCommitInput): Promise<FeedCommitResult> {
    const { access, consumers, clock } = this.#deps;
    const { appId, consumer: name, cursor, expectedCursor: expected } = input;
    const accountId = await access.requireApp(actor, appId, 'events:consume');
    this.#toPosition(cursor, 'cursor');
    const updatedAt = clock.now();
    const commit = { appId, accountId, name, cursor, updatedAt, expected };
    switch (await consumers.commit(commit, maxConsumers)) {
      case 'committed':
        return { consumer: name, cursor, updatedAt: toIso(updatedAt) };
      case 'conflict':
        throw apiError(
          'CONFLICT',
          `expectedCursor: the stored cursor of consumer ${name} is another one; read it with feed.consumers`,
        );
      case 'limit_reached':
        throw apiError('QUOTA_EXCEEDED', `app ${appId} already has ${maxConsumers} consumers, the maximum`);
    }
  }

  async listConsumers(actor: Actor, appId: string): Promise<FeedConsumers> {
    const { access, consumers } = this.#deps;
    await access.requireApp(actor, appId, 'events:read');
    const items = (await consumers.list(appId)).map(({ name, cursor, updatedAt }) => {
      const time = timeFromPosition(positionFromCursor(cursor) ?? originPosition);
      return {
        consumer: name,
        cursor,
        updatedAt: toIso(updatedAt),
        readTo: time === 0 ? null : toIso(time),
      };
    });
    return { items };
  }

  /** @throws NOT_FOUND if the consumer does not exist. */
  async deleteConsumer(actor: Actor, appId: string, consumer: string): Promise<void> {
    const { access, consumers } = this.#deps;
    await access.requireApp(actor, appId, 'events:consume');
    if (!(await consumers.delete(appId, consumer))) {
      throw apiError('NOT_FOUND', `app ${appId} has no consumer ${consumer}`);
    }
  }

  /** Ends the waits whose access a change may have ended. Their callers come again, and are checked. */
  onConfigChange(change: ConfigChange | undefined): void {
    this.#deps.tail.onConfigChange(change);
  }

  /** Undefined: from the present on. */
  async #findStart(input: FeedReadInput): Promise<string | undefined> {
    const { appId, after, consumer, start } = input;
    if (after !== undefined) return this.#toPosition(after, 'after');
    const stored = consumer === undefined ? undefined : await this.#deps.consumers.find(appId, consumer);
    if (stored !== undefined) return this.#toPosition(stored.cursor, 'consumer');
    return start === 'oldest' ? originPosition : undefined;
  }

  #toPosition(cursor: string, field: string): string {
    const position = positionFromCursor(cursor);
    if (position === undefined || timeFromPosition(position) > this.#deps.clock.now() + maxAheadMs) {
      throw fieldError(field, 'must be a cursor that the feed has returned');
    }
    return position;
  }

  /** Returns the state of the log. The first use of the feed starts it. */
  async #getState(after: string | undefined, signal: AbortSignal): Promise<FeedLogState> {
    const { history, feedLog, clock, wakeWriter } = this.#deps;
    const now = clock.now();
    if (now - this.#notedAt > noteUseEveryMs) {
      await feedLog.use(now);
      this.#notedAt = now;
    }
    const known = history.state;
    if (known !== undefined && after !== undefined && after < known.completeTo) return known;
    let state = await history.refresh();
    if (state !== undefined) return state;
    await feedLog.use(now);
    wakeWriter();
    const endsAt = performance.now() + startTimeoutMs;
    while (state === undefined) {
      if (signal.aborted || performance.now() > endsAt) throw notReadyError();
      await sleep(startCheckMs, undefined, { signal }).catch(() => undefined);
      state = await history.refresh();
    }
    return state;
  }
}

function notReadyError(): TocsinError {
  return new TocsinError('UNAVAILABLE', `the feed is being started; read again in ${retryAfterSeconds} s`, {
    retryAfterSeconds,
  });
}

export type PageItem = FeedItem & { readonly event: FeedEvent };

function toPage(items: readonly PageItem[], cursor: string, hasMore: boolean): FeedPage {
  return { items: items.map(toView), cursor, hasMore };
}

function toView({ cursor, event }: PageItem): FeedEventView {
  return {
    id: event.id,
    appId: event.appId,
    type: event.type,
    timestamp: event.timestamp,
    // Our own text, serialized from a parsed object when the event was accepted.
    data: JSON.parse(event.dataText) as Record<string, unknown>,
    cursor,
  };
}
