import type {
  AttemptReason,
  DeliveryReason,
  DeliveryStatus,
  AuditAction,
  DisabledReason,
  Format,
  Page,
  Profile,
  Scope,
} from '@tocsin/shared';
import type { Account, ApiKey, App } from './access.ts';
import type { AuditEntry } from './audit.ts';
import type { ActivityCounts } from './activity.ts';
import type { Attempt, Delivery } from './delivery.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import type { AcceptedEvent } from './event.ts';
import type { SendResult } from './outcome.ts';
import type { Replay } from './replay.ts';
import type { Mount, SealedSecret, Webhook } from './webhook.ts';

/*
 * The ports: what the services and the engine need, in their words. `store/mongo` keeps the stores' promises and
 * test/contract states them; `delivery` and `services` know nothing else of a database.
 */

/** Time by the database's clock, epoch ms. Due times and leases of all processes are compared by it. */
export interface Clock {
  now(): number;
}

export interface Ids {
  event(at: number): string;
  /** The id of a delivery that is not an event's first one: a replay. */
  delivery(at: number): string;
  replay(at: number): string;
  webhook(): string;
  account(): string;
  app(): string;
  key(): string;
  audit(at: number): string;
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  /** A person must act now. */
  error(fields: object, message: string): void;
}

export interface AccountStore {
  insert(account: Account): Promise<void>;
  get(id: string): Promise<Account | undefined>;
  list(page: PageRequest): Promise<Page<Account>>;
}

export interface AppStore {
  /** False when the id is taken. */
  insert(app: App): Promise<boolean>;
  get(id: string): Promise<App | undefined>;
  list(filter: { accountId?: string | undefined }, page: PageRequest): Promise<Page<App>>;
  delete(id: string): Promise<boolean>;
}

export interface ApiKeyStore {
  insert(key: ApiKey): Promise<void>;
  findByHash(hash: string): Promise<ApiKey | undefined>;
  get(id: string): Promise<ApiKey | undefined>;
  list(filter: { accountId?: string | undefined }, page: PageRequest): Promise<Page<ApiKey>>;
  revoke(id: string, at: number): Promise<boolean>;
  /** Last use of keys, written now and then, not on every call. */
  touch(uses: ReadonlyMap<string, number>): Promise<void>;
}

export interface WebhookStore {
  /**
   * Inserts unless the app already has `limit` webhooks of the same counting group (the AuthForge mount counts by
   * itself, all others together). Exact also when two calls race for the last place.
   */
  insert(webhook: Webhook, limit: number): Promise<'inserted' | 'limit_reached'>;
  get(id: string): Promise<Webhook | undefined>;
  getMany(ids: readonly string[]): Promise<Webhook[]>;
  /** All webhooks of an app, oldest first. `mount` undefined: of every mount. */
  ofApp(appId: string, mount?: Mount): Promise<Webhook[]>;
  /** Changes the given fields; undefined when there is no such webhook. */
  update(id: string, change: WebhookChange): Promise<Webhook | undefined>;
  delete(id: string): Promise<boolean>;
  /** Changes the secret, and what changes with it, if it is still the one `expected`; undefined when it is not. */
  replaceSecret(
    id: string,
    expected: SealedSecret,
    change: WebhookChange & Pick<Webhook, 'secret'>,
  ): Promise<Webhook | undefined>;
  /** Disables an enabled webhook; false when it was disabled or gone already. */
  disable(id: string, reason: DisabledReason, at: number): Promise<boolean>;
}

/** The sealed secrets of one webhook, as they were read and as they should become. */
export interface SecretSwap {
  readonly id: string;
  readonly from: SealedSecrets;
  readonly to: SealedSecrets;
}

export type SealedSecrets = Pick<Webhook, 'secret' | 'previousSecrets'>;

/** Webhook secrets as the rotation of the encryption key needs them: all of them, a batch at a time. */
export interface SecretSwapStore {
  /** In the order of ids, after `id`. */
  secretsAfter(id: string | undefined, limit: number): Promise<(SealedSecrets & Pick<Webhook, 'id'>)[]>;
  /** Each only if nothing changed since it was read. Answers how many were written. */
  swapSecrets(swaps: readonly SecretSwap[]): Promise<number>;
}

export type WebhookChange = {
  -readonly [K in Exclude<keyof Webhook, 'id' | 'appId' | 'mount' | 'createdAt'>]?: Webhook[K] | undefined;
};

/** The webhooks of an app, cached: the hot path reads it for every event. Changes reach all processes within 1 s. */
export interface WebhookDirectory {
  ofApp(appId: string): readonly Webhook[] | Promise<readonly Webhook[]>;
  get(id: string): Webhook | undefined | Promise<Webhook | undefined>;
}

export interface EndpointHealthStore {
  get(ids: readonly string[]): Promise<Map<string, EndpointHealth>>;
  /** Ids of endpoints with failures in a row, most of them first. */
  failing(limit: number): Promise<string[]>;
  /** One write for all that changed in a window. */
  save(changes: ReadonlyMap<string, EndpointHealth>): Promise<void>;
}

export interface PageRequest {
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** Events that were accepted together. The queue holds them as one: one lease, one claim, one closing. */
export interface EventBatch {
  /** That of its first event, which carries the batch. */
  readonly id: string;
  readonly events: readonly AcceptedEvent[];
}

/** What became of events that were to be inserted. One that is in neither part was stored by an earlier try. */
export interface Insertion {
  readonly batches: readonly EventBatch[];
  /** By the id of an event that was refused: the event that holds its idempotency key. */
  readonly holders: ReadonlyMap<string, AcceptedEvent>;
}

export interface Lease {
  readonly token: string;
  /** Epoch ms by the database's clock. */
  readonly until: number;
}

/** How a batch enters the queue: leased, or nobody's. */
export interface QueueEntry {
  readonly token: string | undefined;
  /** When it is due unless it was closed before: the end of the lease, epoch ms by the database's clock. */
  readonly until: number;
  /** The webhook that all its events wait for, if it is one whose queue in memory is full. */
  readonly lane?: string | undefined;
}

export interface EventStore {
  /**
   * Makes events durable on a majority, and enters them into the queue under this lease. Without a token they are
   * nobody's, and due when it ends. No event is ever stored without the entry that owes its deliveries.
   */
  insertMany(events: readonly AcceptedEvent[], lease: QueueEntry): Promise<Insertion>;
  /** Events that nobody subscribed: stored like the others, and never in the queue. */
  insertUnwanted(events: readonly AcceptedEvent[]): Promise<Insertion>;
  /** Makes batches that are nobody's due now. */
  offer(batchIds: readonly string[], now: number): Promise<void>;
  get(id: string): Promise<AcceptedEvent | undefined>;
  getMany(ids: readonly string[]): Promise<Map<string, AcceptedEvent>>;
  list(filter: EventFilter, page: PageRequest): Promise<Page<AcceptedEvent>>;
}

/** What a live reader is given: an event, or only how far it has come when there was none for a while. */
export interface FeedItem {
  /** Opaque. Reading on after it misses nothing and repeats nothing, also in another process and after a restart. */
  readonly cursor: string;
  readonly event: AcceptedEvent | undefined;
}

/** Events in the order in which they became durable, over all processes. */
export interface EventFeed {
  /**
   * Reads on after `after`, or from now. Reads no further ahead than it is asked for, so a slow reader costs no memory.
   * Gives its place at the start and about every second without events. Ends with `signal`; throws INVALID_INPUT for a
   * cursor that is malformed or older than what the database remembers.
   */
  read(filter: FeedFilter, after: string | undefined, signal: AbortSignal): AsyncIterable<FeedItem>;
}

export interface FeedFilter {
  /** Undefined: of all apps. */
  readonly appIds: readonly string[] | undefined;
  /** Undefined: all types. */
  readonly types: readonly string[] | undefined;
}

export interface EventFilter {
  readonly appId?: string | undefined;
  readonly appIds?: readonly string[] | undefined;
  readonly type?: string | undefined;
  /** Accepted at or after, epoch ms. */
  readonly since?: number | undefined;
  /** Accepted before, epoch ms. */
  readonly until?: number | undefined;
}

/** Deliveries as people ask for them. Includes those whose first attempt is still under way. */
export interface DeliveryStore {
  get(id: string): Promise<Delivery | undefined>;
  list(filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
  /** Makes a finished or waiting delivery due now; false when it is being sent at this moment. */
  retryNow(id: string, at: number): Promise<boolean>;
  /** What is owed now: pending deliveries, those that are due, and since when the oldest is. */
  queue(appIds: readonly string[] | undefined, now: number): Promise<QueueState>;
  /** Ends all pending deliveries of a webhook. */
  cancelPending(webhookId: string, reason: DeliveryReason, at: number): Promise<number>;
  /** Makes the pending deliveries of a webhook wait until `until`: it was disabled. */
  hold(webhookId: string, until: number): Promise<number>;
  /** Makes what waits for a disabled or paused webhook due at once. */
  resume(webhookId: string, at: number): Promise<number>;
  /** Inserts a delivery that is finished already (a test ping with its one attempt). */
  insertFinished(delivery: Delivery): Promise<void>;
}

/** Pending deliveries of one webhook: those that fit all that is given. */
export interface DeliveryChoice {
  readonly webhookId: string;
  readonly ids?: readonly string[] | undefined;
  /** Of events accepted at or after, epoch ms. */
  readonly since?: number | undefined;
  /** Of events accepted before, epoch ms. */
  readonly until?: number | undefined;
  readonly types?: readonly string[] | undefined;
}

export interface CancellationStore {
  /** `waiting` can be cancelled; `underWay` is held by a process, which alone may say what became of it. */
  count(choice: DeliveryChoice): Promise<{ readonly waiting: number; readonly underWay: number }>;
  /**
   * Ends up to `limit` deliveries that wait. A claim and a cancellation that meet are decided by the document: either it
   * is cancelled and not claimed, or claimed and not cancelled. Answers how many ended.
   */
  cancelSome(choice: DeliveryChoice, reason: DeliveryReason, at: number, limit: number): Promise<number>;
}

export interface ReplayStore {
  /** How many deliveries a replay would send again. */
  count(replay: Replay): Promise<number>;
  insert(replay: Replay): Promise<void>;
  get(id: string): Promise<Replay | undefined>;
  list(
    filter: { readonly appIds: readonly string[] | undefined; readonly webhookId: string | undefined },
    page: PageRequest,
  ): Promise<Page<Replay>>;
  /** False when it had ended already. */
  cancel(id: string, at: number): Promise<boolean>;
  /** A running job that no process works on, for `leaseMs`. */
  claim(now: number, leaseMs: number): Promise<Replay | undefined>;
  /** Puts up to `limit` deliveries back into the queue and counts them; ends the job when there were fewer. */
  requeueSome(replay: Replay, now: number, limit: number): Promise<number>;
}

export interface QueueState {
  readonly pending: number;
  readonly dueNow: number;
  readonly oldestDueAt: number | null;
}

export interface DeliveryFilter {
  readonly appId?: string | undefined;
  readonly appIds?: readonly string[] | undefined;
  readonly webhookId?: string | undefined;
  readonly eventId?: string | undefined;
  readonly status?: DeliveryStatus | undefined;
}

/** A delivery to make: the event, its target, and the claim under which it is held. */
export interface ClaimedDelivery {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly event: AcceptedEvent;
  /** Attempts made before this one. */
  readonly attemptCount: number;
  readonly createdAt: number;
  /**
   * How the claim is held. `batch`: no document yet; writing the first one is the fence, since its id is unique.
   * `delivery`: the document carries our token.
   */
  readonly held: 'batch' | 'delivery';
  readonly token: string;
}

/** A batch claimed from the queue: its events, each with the numbers of those targets that have no delivery document yet. */
export interface ClaimedBatch {
  readonly id: string;
  readonly events: readonly ClaimedEvent[];
  /**
   * False while events of it may still be on their way into the database. Such a batch is not closed: it stays in the
   * queue, to be looked at again.
   */
  readonly isWhole: boolean;
}

export interface ClaimedEvent {
  readonly event: AcceptedEvent;
  readonly missing: readonly number[];
}

/** What becomes of a delivery after an attempt, or after the decision to make none now. */
export interface Recording {
  readonly delivery: ClaimedDelivery;
  readonly attempt: Attempt | undefined;
  readonly status: DeliveryStatus;
  readonly reason: DeliveryReason | null;
  /** When to try again, epoch ms; null when finished. A pending delivery always has one, so none can be forgotten. */
  readonly dueAt: number | null;
  readonly at: number;
}

export interface ClaimRequest {
  readonly limit: number;
  readonly token: string;
  readonly leaseMs: number;
  /** Webhooks that can take nothing now. */
  readonly except: readonly string[];
}

/** The queue as the engine uses it. Never sleeps; every write that ends a claim is fenced by its token. */
export interface DeliveryQueue {
  /** Batches with about `limit` events together: a batch is claimed as a whole. */
  claimBatches(request: ClaimRequest): Promise<ClaimedBatch[]>;
  claimDeliveries(request: ClaimRequest): Promise<ClaimedDelivery[]>;
  /**
   * Records outcomes in one round trip per kind. Answers the ids that were fenced: somebody else holds or ended
   * them, so our attempt was a duplicate.
   */
  record(recordings: readonly Recording[]): Promise<ReadonlySet<string>>;
  /** Takes batches out of the queue: each target of each event has its document. */
  closeBatches(batchIds: readonly string[], token: string): Promise<void>;
  renew(claims: HeldClaims, leaseMs: number): Promise<void>;
  /** Gives claims back, due at once. */
  release(claims: HeldClaims): Promise<void>;
  /** Gives back everything claimed under tokens of a dead process. */
  releaseOwner(owner: string): Promise<number>;
  /** When the next claimable thing is due, epoch ms; undefined when the queue is empty. */
  nextDueAt(): Promise<number | undefined>;
}

export interface HeldClaims {
  readonly token: string;
  readonly batchIds: readonly string[];
  readonly deliveryIds: readonly string[];
}

/** One HTTP request to a receiver. Address vetting, deadline and reply limits are the sender's. */
export interface Sender {
  send(request: OutgoingRequest): Promise<SendResult>;
  close(): Promise<void>;
}

export interface OutgoingRequest {
  /** `https://host:port`. */
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly deadlineMs: number;
}

/** Which processes run on this database: tells whose leases may be taken back at once. */
export interface ProcessRegistry {
  register(process: RunningProcess): Promise<void>;
  /** Those whose pids mean what they mean to us. */
  inPidSpace(pidSpace: string): Promise<RunningProcess[]>;
  remove(id: string): Promise<void>;
}

export interface RunningProcess {
  /** Unique per start; the part of a lease token before the dot. */
  readonly id: string;
  readonly host: string;
  /** Where `pid` means one process. Not the host: containers can share its name. */
  readonly pidSpace: string;
  readonly pid: number;
  readonly role: string;
  readonly startedAt: number;
}

/**
 * Where accepted events go that are sent by this process. `reserve` is asked before the commit and holds a place in
 * memory; exactly one of `committed` and `abandoned` follows.
 */
export interface HandOver {
  /** False when this process has no room or sends nothing: the event then waits in the queue for any worker. */
  reserve(event: AcceptedEvent): boolean;
  /** The webhook for whose sake there was no room: its queue in memory is full. */
  fullLaneOf(event: AcceptedEvent): string | undefined;
  /** A lease that begins now. */
  lease(): Lease;
  committed(batch: EventBatch, lease: Lease): void;
  abandoned(event: AcceptedEvent): void;
}

/** The body that an event would have at a destination. */
export type RenderPreview = (
  event: AcceptedEvent,
  format: Exclude<Format, 'auto'>,
  profile: Profile,
) => string;

/** One request to a webhook, outside the queue: the test ping. */
export type PingEndpoint = (webhook: Webhook, event: AcceptedEvent) => Promise<Attempt>;

/** Encrypts webhook secrets at rest. */
export interface SecretBox {
  seal(secret: string): string;
  open(sealed: string): string;
  /** Whether it is sealed with the key that new secrets are sealed with. */
  isCurrent(sealed: string): boolean;
}

/** Who did what. Only ever appended to; old entries end by age alone. */
export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>>;
}

export interface AuditFilter {
  readonly accountId?: string | undefined;
  readonly appId?: string | undefined;
  readonly action?: AuditAction | undefined;
}

/** Judges a webhook's URL before it is stored: answers its normal form, or throws INVALID_URL naming what is wrong. */
export interface TargetPolicy {
  check(url: string): Promise<string>;
}

/** Tells all processes that something changed or that there is work, and hears it from them. */
export interface Signals {
  workAvailable(): void;
  subscribe(listener: SignalListener): void;
}

export interface ConfigChange {
  readonly collection: 'webhooks' | 'apps' | 'keys';
  readonly id: string;
  /** Told for a new webhook, which nobody can know by its id yet. */
  readonly appId: string | undefined;
}

export interface SignalListener {
  onWork(): void;
  /** Configuration changed; undefined: anything may have changed. */
  onConfigChange(change: ConfigChange | undefined): void;
}

export interface ActivityEntry {
  readonly appId: string;
  /** Start of the minute, epoch ms. */
  readonly at: number;
  readonly counts: ActivityCounts;
}

/** Counts per app and minute, for people who look whether it works. */
export interface ActivityStore {
  add(entries: readonly ActivityEntry[]): Promise<void>;
  read(appIds: readonly string[] | undefined, since: number): Promise<ActivityEntry[]>;
}

export interface ActivityRecorder {
  accepted(appId: string): void;
  finished(appId: string, status: DeliveryStatus, latencyMs: number): void;
}

/** Removes what is older than it has to be kept. */
export interface RetentionStore {
  /**
   * Removes up to `limit` events and as many deliveries accepted before a time, never pending ones nor the events they
   * need. Answers how many went; less than `limit` of both means that nothing is left to remove.
   */
  purge(before: number, limit: number): Promise<{ readonly events: number; readonly deliveries: number }>;
}

/** What the engine and the services count. */
export interface Meter {
  /** One insert's worth, and how long the database took for it. */
  accepted(count: number, durationMs: number): void;
  attempt(reason: AttemptReason | null, durationMs: number): void;
  finished(status: DeliveryStatus, reason: DeliveryReason | null, sinceAcceptedMs: number): void;
  fenced(count: number): void;
  batch(kind: 'accept' | 'record' | 'claim', size: number): void;
}

/**
 * Spans of a trace, from a publish to the attempts of its deliveries. A process that is not traced has no tracer at all,
 * so that nothing is made for an event.
 */
export interface Tracer {
  /** Under the publisher's own span, where it told one. */
  publish(publication: Pick<AcceptedEvent, 'appId' | 'type' | 'traceparent'>): Span;
  /** Under the span of the publish, which the event keeps, however long ago that was. */
  attempt(delivery: ClaimedDelivery): Span;
}

export interface Span {
  /** Its place in the trace, as W3C Trace Context writes it. */
  readonly traceparent: string;
  /** `failure` is a code of ours, never a message; undefined when all went well. */
  end(failure: string | undefined, attributes?: Readonly<Record<string, string | number>>): void;
}

export type { Scope };
