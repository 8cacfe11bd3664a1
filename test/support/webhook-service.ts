import { unknownHealth, type EndpointHealth } from '../../server/src/domain/endpoint-health.ts';
import type { ReplayStore } from '../../server/src/domain/ports/bulk-stores.ts';
import type { DeliveryStore } from '../../server/src/domain/ports/delivery-store.ts';
import type { SecretBox } from '../../server/src/domain/ports/secret-box.ts';
import type { EndpointHealthStore, WebhookStore } from '../../server/src/domain/ports/webhook-store.ts';
import type { Webhook } from '../../server/src/domain/webhook.ts';
import type { AuditRecord, AuditService } from '../../server/src/services/audit/audit-log.ts';
import { createIds } from '../../server/src/services/common/ids.ts';
import {
  createFindFailingWebhooks,
  type FindFailingWebhooks,
} from '../../server/src/services/webhooks/failing-webhooks.ts';
import { createFindWebhook } from '../../server/src/services/webhooks/find-webhook.ts';
import { createWebhookViews } from '../../server/src/services/webhooks/webhook-view.ts';
import { createWebhookService, type WebhookService } from '../../server/src/services/webhooks/webhooks.ts';
import { accessTo } from './actors.ts';
import { FakeClock } from './clock.ts';
import { builtInTypes } from './event-types.ts';
import { noQuotas } from './no-quotas.ts';
import { unkeyedCalls } from './unkeyed-calls.ts';

export interface WebhookScene {
  readonly service: WebhookService;
  readonly findFailing: FindFailingWebhooks;
  readonly webhooks: Map<string, Webhook>;
  /** Calls of the other ports, in order. */
  readonly calls: unknown[][];
  readonly records: AuditRecord[];
  /** The limits of inserts. */
  readonly limits: number[];
  readonly health: Map<string, EndpointHealth>;
  readonly clock: FakeClock;
}

/** The service over webhooks in memory. */
export function webhookServiceOn(
  given: readonly Webhook[],
  { onUpdate = () => {}, isFull = false }: { onUpdate?: () => void; isFull?: boolean } = {},
): WebhookScene {
  const webhooks = new Map(given.map((webhook) => [webhook.id, webhook]));
  const calls: unknown[][] = [];
  const records: AuditRecord[] = [];
  const limits: number[] = [];
  const health = new Map<string, EndpointHealth>();
  const clock = new FakeClock();
  const change = (id: string, fields: Partial<Webhook>) => {
    const known = webhooks.get(id);
    if (known === undefined) return undefined;
    const named = Object.entries(fields).filter(([, value]) => value !== undefined);
    const after: Webhook = { ...known, ...Object.fromEntries(named) };
    webhooks.set(id, after);
    calls.push(['change', Object.fromEntries(named)['enabled']]);
    return after;
  };
  const store: Partial<WebhookStore> = {
    insert: (webhook, limit) => {
      limits.push(limit);
      if (isFull) return Promise.resolve('limit_reached');
      webhooks.set(webhook.id, webhook);
      return Promise.resolve('inserted');
    },
    get: (id) => Promise.resolve(webhooks.get(id)),
    getMany: (ids) => Promise.resolve(ids.flatMap((id) => webhooks.get(id) ?? [])),
    update: ({ id, secret, url, profile }, fields, resetAt) => {
      onUpdate();
      if (resetAt !== undefined) calls.push(['reset health', resetAt]);
      const known = webhooks.get(id);
      const isSame = known?.secret === secret && known.url === url && known.profile === profile;
      if (!isSame) return Promise.resolve(undefined);
      return Promise.resolve(change(id, fields as Partial<Webhook>));
    },
    delete: (id) => Promise.resolve(webhooks.delete(id)),
  };
  const deliveries: Partial<DeliveryStore> = {
    resume: (_, which, at) => Promise.resolve((calls.push(['resume', which, at]), 0)),
    cancelPending: (_, reason) => Promise.resolve((calls.push(['cancel', reason]), 0)),
  };
  const replays: Pick<ReplayStore, 'cancelForWebhook' | 'restoreDelivered'> = {
    cancelForWebhook: ({ id }) => Promise.resolve(void calls.push(['end replays', id])),
    restoreDelivered: (_, after) => {
      calls.push(['restore', after]);
      return Promise.resolve(after === undefined ? 'dlv_1' : undefined);
    },
  };
  const healthStore: Pick<EndpointHealthStore, 'getForDisplay' | 'findFailing'> = {
    getForDisplay: (ids) =>
      Promise.resolve(new Map(ids.flatMap((id) => [[id, health.get(id) ?? unknownHealth]]))),
    findFailing: () => Promise.resolve([...health.keys()]),
  };
  const audit: Pick<AuditService, 'record'> = {
    record: (_, record) => {
      calls.push(['record', record.action]);
      records.push(record);
      return Promise.resolve();
    },
  };
  const access = accessTo({ app_test: 'acc_a', app_other: 'acc_a', app_b: 'acc_b' });
  let sealed = 0;
  const secretBox: SecretBox = {
    encrypt: (text, { field }) => (field === 'secret' ? `sealed ${++sealed}` : text),
    decrypt: (text) => text,
    reseal: (text) => text,
    isCurrent: () => true,
  };
  const views = createWebhookViews({ health: healthStore, secretBox, clock });
  // What the service does not touch is left out.
  const webhookStore = store as WebhookStore;
  const service = createWebhookService({
    webhooks: webhookStore,
    deliveries: deliveries as DeliveryStore,
    replays,
    audit: audit as AuditService,
    findWebhook: createFindWebhook({ webhooks: webhookStore, access }),
    views,
    access,
    targets: { check: (url) => Promise.resolve(url) },
    eventTypes: builtInTypes,
    secretBox,
    ids: createIds(),
    clock,
    limits: { authforge: 5, others: 50 },
    quotas: noQuotas,
    calls: unkeyedCalls(clock),
    cancelUnsubscribed: (_, { events, keptEvents }) =>
      Promise.resolve(void calls.push(['cancel unsubscribed', [...events], [...keptEvents]])),
    cancelBacklog: (_, __, backlog) => Promise.resolve(void calls.push(['backlog', backlog])),
    onChanged: (_, restarted) => calls.push(['changed', restarted]),
  });
  const findFailing = createFindFailingWebhooks({ webhooks: webhookStore, health: healthStore, views });
  return { service, findFailing, webhooks, calls, records, limits, health, clock };
}
