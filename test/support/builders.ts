import type { ApiKey } from '../../server/src/domain/access.ts';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import type { IdempotentCall } from '../../server/src/domain/ports/idempotent-call-store.ts';
import type { DueDelivery, DeliveryResult } from '../../server/src/domain/ports/delivery-queue.ts';
import type {
  OwnershipView,
  ProcessIdentity,
  ProcessRecord,
} from '../../server/src/domain/ports/ownership.ts';
import type {
  RegisteredEventType,
  RegisteredVersion,
} from '../../server/src/domain/registered-event-type.ts';
import type { Replay } from '../../server/src/domain/replay.ts';
import type { Webhook } from '../../server/src/domain/webhook.ts';
import { createIds } from '../../server/src/services/common/ids.ts';

const ids = createIds();

export function anEvent(change: Partial<AcceptedEvent> = {}): AcceptedEvent {
  const acceptedAt = change.acceptedAt ?? Date.parse('2026-01-01T00:00:00.000Z');
  return {
    id: ids.event(acceptedAt),
    appId: 'app_test',
    accountId: 'acc_a',
    type: 'user.login',
    timestamp: new Date(acceptedAt).toISOString(),
    dataText: '{"userId":"u1","username":"n","ip":"192.0.2.1","hwid":"h","appId":"app_test"}',
    idempotencyKey: undefined,
    acceptedAt,
    targets: ['wh_000000000001'],
    traceparent: undefined,
    ...change,
  };
}

/** A webhook whose sealed texts are clear, for a secret box that changes nothing. */
export function aWebhook(change: Partial<Webhook> = {}): Webhook {
  return {
    id: ids.webhook(),
    revision: 1,
    appId: 'app_test',
    accountId: 'acc_a',
    mount: null,
    profile: 'standard',
    format: 'json',
    url: 'http://127.0.0.1:9/hook',
    host: null,
    events: ['user.login'],
    eventVersions: {},
    enabled: true,
    disabledReason: null,
    secret: 'v1.00000000.sealed',
    signing: 'hmac',
    publicKey: null,
    previousSecrets: [],
    keptEvents: [],
    headers: '{}',
    description: null,
    rateLimit: null,
    clientCertificate: null,
    createdAt: 0,
    updatedAt: 0,
    ...change,
  };
}

/** A registered event type with one version. */
export function anEventType(change: Partial<RegisteredEventType> = {}): RegisteredEventType {
  return {
    name: 'invoice.paid',
    accountId: 'acc_a',
    versions: [aVersion()],
    createdAt: 0,
    updatedAt: 0,
    revision: 1,
    ...change,
  };
}

export function aVersion(change: Partial<RegisteredVersion> = {}): RegisteredVersion {
  return {
    version: 1,
    description: 'An invoice is paid.',
    schemaText: '{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]}',
    exampleText: '{"id":"inv_1"}',
    presentation: null,
    createdAt: 0,
    updatedAt: 0,
    ...change,
  };
}

/** A valid key of an account. */
export function aKey(change: Partial<ApiKey> = {}): ApiKey {
  return {
    id: ids.key(),
    accountId: 'acc_a',
    appId: null,
    ancestorIds: [],
    name: 'k',
    scopes: ['*'],
    hash: 'a'.repeat(64),
    previous: null,
    prefix: 'tsk_000000',
    createdAt: 0,
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    ...change,
  };
}

/** A running replay. */
export function aReplay(change: Partial<Replay> = {}): Replay {
  const createdAt = change.createdAt ?? Date.parse('2026-01-01T00:00:00.000Z');
  return {
    id: ids.replay(createdAt),
    appId: 'app_test',
    accountId: 'acc_test',
    webhookId: 'wh_000000000001',
    since: 0,
    until: createdAt,
    deliveryStatus: 'failed',
    types: undefined,
    status: 'running',
    total: 1,
    done: 0,
    createdAt,
    finishedAt: null,
    ...change,
  };
}

/** A sending process of a PID namespace of its own. */
export function aProcess(change: Partial<ProcessIdentity> = {}): ProcessIdentity {
  return {
    instance: null,
    host: 'host',
    pidNamespace: 'namespace',
    pid: 1,
    pidStart: '100',
    role: 'all',
    sends: true,
    ...change,
  };
}

/** A live process of the same PID namespace as `aProcess`. */
export function aProcessRecord(change: Partial<ProcessRecord> = {}): ProcessRecord {
  const { role: _, ...identity } = aProcess();
  return {
    ...identity,
    id: 'p',
    state: 'live',
    until: Number.MAX_SAFE_INTEGER,
    beats: 0,
    changeSeen: 0,
    ...change,
  };
}

/** A view with one partition for each owner. */
export function aView(
  change: Partial<OwnershipView> = {},
  owners: readonly (string | null)[] = [],
): OwnershipView {
  const partitions = owners.map((owner, partition) => ({
    partition,
    owner,
    epoch: partition + 1,
    wanted: null,
  }));
  return { now: 1_000, processes: [], partitions, ...change };
}

/** A delivery as it is after the eager dispatch of its event. */
export function firstDeliveryOf(event: AcceptedEvent, index = 0): DueDelivery {
  return {
    deliveryId: toDeliveryId(event.id, index),
    webhookId: event.targets[index] ?? 'wh_000000000001',
    event,
    attemptCount: 0,
    createdAt: event.acceptedAt,
    revision: 0,
  };
}

export function delivered(delivery: DueDelivery, at: number): DeliveryResult {
  return {
    delivery,
    attempt: { at, durationMs: 3, statusCode: 200, reason: null, reply: 'ok' },
    status: 'delivered',
    reason: null,
    dueAt: null,
    at,
  };
}

export function toRetry(delivery: DueDelivery, at: number, dueAt: number): DeliveryResult {
  return {
    delivery,
    attempt: { at, durationMs: 3, statusCode: 500, reason: 'http_status', reply: 'no' },
    status: 'pending',
    reason: 'awaiting_retry',
    dueAt,
    at,
  };
}

/** A running call with an idempotency key. Its times are after 0 and before 1,000. */
export function anIdempotentCall(change: Partial<IdempotentCall> = {}): IdempotentCall {
  return {
    id: 'call_a',
    accountId: 'acc_a',
    appId: 'app_test',
    targetId: 'wh_000000000001',
    input: 'v3.00000000.sealed.input',
    status: 'running',
    sealed: 'v3.00000000.sealed.reserved',
    sealedUntil: 150,
    lease: { token: 'first', until: 20 },
    expiresAt: 900,
    ...change,
  };
}
