import {
  eventTypes,
  eventTypesOf,
  isEventType,
  type CreateWebhookInput,
  type CreatedWebhook,
  type EventType,
  type Scope,
  type UpdateWebhookInput,
  type WebhookView,
} from '@tocsin/shared';
import type { Actor } from '../domain/access.ts';
import { stateOf, unknownHealth, type EndpointHealth } from '../domain/endpoint-health.ts';
import { refuse } from '../domain/errors.ts';
import { checkCustomHeaders } from '../domain/header-rules.ts';
import type {
  Clock,
  DeliveryStore,
  EndpointHealthStore,
  Ids,
  SecretBox,
  TargetPolicy,
  WebhookStore,
} from '../domain/ports.ts';
import type { Mount, Webhook } from '../domain/webhook.ts';
import type { AccessControl } from './access-control.ts';
import { newWebhookSecret } from './secret-box.ts';
import { iso, isoOrNull } from './views.ts';

export interface WebhookServiceParts {
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  readonly health: EndpointHealthStore;
  readonly access: AccessControl;
  readonly targets: TargetPolicy;
  readonly secretBox: SecretBox;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly limits: { readonly authforge: number; readonly others: number };
  /** A webhook of this app changed; `restarted` when its endpoint's past says nothing about it any more. */
  readonly onChanged: (webhook: { id: string; appId: string }, restarted: boolean) => void;
}

/** Where a call comes from: a REST mount sees only its own webhooks, null (tRPC) sees all of an app. */
export interface WebhookScope {
  readonly mount: Mount;
}

/** How long what waits for a disabled webhook stays out of the queue before it looks again. */
const heldForMs = 60 * 60 * 1000;

export function createWebhookService(parts: WebhookServiceParts) {
  const { webhooks, deliveries, health, access, targets, secretBox, ids, clock, limits, onChanged } = parts;

  /** By id alone, over tRPC: an absent webhook and a foreign one get the same answer. */
  async function find(actor: Actor, id: string, scope: Scope): Promise<Webhook> {
    access.requireScope(actor, scope);
    const webhook = await webhooks.get(id);
    if (webhook === undefined || !(await access.canSee(actor, webhook.appId))) {
      throw refuse('NOT_FOUND', `no webhook ${id}`);
    }
    return webhook;
  }

  async function viewsOf(list: readonly Webhook[]): Promise<WebhookView[]> {
    const known = await health.get(list.map((webhook) => webhook.id));
    return list.map((webhook) => viewOf(webhook, known.get(webhook.id) ?? unknownHealth));
  }

  async function viewOfOne(webhook: Webhook): Promise<WebhookView> {
    const [view] = await viewsOf([webhook]);
    if (view === undefined) throw new Error('one webhook has one view');
    return view;
  }

  /** Things that follow from a change beside the record itself. */
  async function settle(before: Webhook, after: Webhook): Promise<void> {
    const isRestarted = after.url !== before.url || (after.enabled && !before.enabled);
    if (isRestarted) await health.save(new Map([[after.id, unknownHealth]]));
    onChanged(after, isRestarted);
    if (before.enabled && !after.enabled) await deliveries.hold(after.id, clock.now() + heldForMs);
    if (after.enabled && isRestarted) await deliveries.resume(after.id, clock.now());
  }

  return {
    find,

    async create(
      actor: Actor,
      input: Omit<CreateWebhookInput, 'events'> & { events: readonly string[] },
      { mount }: WebhookScope,
    ): Promise<CreatedWebhook> {
      await access.requireApp(actor, input.appId, 'webhooks:write');
      const events = eventsFor(input.events, mount);
      const headers = checkCustomHeaders(input.headers ?? {});
      const url = await targets.check(input.url);
      const secret = newWebhookSecret();
      const now = clock.now();
      const webhook: Webhook = {
        id: ids.webhook(),
        appId: input.appId,
        mount,
        profile: input.profile,
        format: input.format,
        url,
        events,
        enabled: input.enabled,
        disabledReason: input.enabled ? null : 'by_user',
        secret: secretBox.seal(secret),
        previousSecret: null,
        headers,
        description: input.description ?? null,
        rateLimit: input.rateLimit ?? null,
        createdAt: now,
        updatedAt: now,
      };
      const limit = mount === 'authforge' ? limits.authforge : limits.others;
      if ((await webhooks.insert(webhook, limit)) === 'limit_reached') {
        throw refuse('WEBHOOK_LIMIT_REACHED', `app ${input.appId} already has its ${limit} webhooks`);
      }
      onChanged(webhook, true);
      return { ...viewOf(webhook, unknownHealth), secret };
    },

    /** All webhooks of an app, oldest first; a mount sees its own. */
    async list(actor: Actor, appId: string, { mount }: WebhookScope): Promise<WebhookView[]> {
      await access.requireApp(actor, appId, 'webhooks:read');
      return await viewsOf(await webhooks.ofApp(appId, mount ?? undefined));
    },

    async get(actor: Actor, id: string): Promise<WebhookView> {
      return await viewOfOne(await find(actor, id, 'webhooks:read'));
    },

    /** By app and id, at a REST mount: the app is judged first, then whether it has such a webhook in this contract. */
    async findInMount(actor: Actor, appId: string, id: string, mount: Mount): Promise<Webhook> {
      await access.requireApp(actor, appId, 'webhooks:write');
      const webhook = await webhooks.get(id);
      if (webhook === undefined || webhook.appId !== appId || webhook.mount !== mount) {
        throw refuse('NOT_FOUND', `app ${appId} has no webhook ${id}`);
      }
      return webhook;
    },

    /** Changes the given fields of a webhook that `find` or `findInMount` answered. */
    async update(
      before: Webhook,
      input: Omit<UpdateWebhookInput, 'id' | 'events'> & { events?: readonly string[] | undefined },
    ): Promise<WebhookView> {
      const events = input.events && eventsFor(input.events, before.mount);
      const headers = input.headers && checkCustomHeaders(input.headers);
      const url = input.url === undefined ? undefined : await targets.check(input.url);
      const { enabled } = input;
      const after = await webhooks.update(before.id, {
        url,
        events,
        headers,
        enabled,
        disabledReason:
          enabled === undefined ? undefined : enabled ? null : (before.disabledReason ?? 'by_user'),
        profile: input.profile,
        format: input.format,
        description: input.description,
        rateLimit: input.rateLimit,
        updatedAt: clock.now(),
      });
      if (after === undefined) throw refuse('NOT_FOUND', `no webhook ${before.id}`);
      await settle(before, after);
      return await viewOfOne(after);
    },

    /** Deletes it; deliveries still pending are cancelled. */
    async delete(webhook: Webhook): Promise<{ id: string; deleted: true }> {
      if (!(await webhooks.delete(webhook.id))) throw refuse('NOT_FOUND', `no webhook ${webhook.id}`);
      onChanged(webhook, true);
      await deliveries.cancelPending(webhook.id, 'webhook_deleted', clock.now());
      return { id: webhook.id, deleted: true };
    },
  };
}

export type WebhookService = ReturnType<typeof createWebhookService>;

/** Each REST mount knows the events of its own contract; tRPC knows all. Names given twice are folded silently. */
function eventsFor(names: readonly string[], mount: Mount): EventType[] {
  const allowed: readonly string[] = mount === null ? eventTypes : eventTypesOf(mount);
  const known: EventType[] = [];
  for (const name of new Set(names)) {
    if (!isEventType(name) || !allowed.includes(name)) {
      throw refuse(
        'UNKNOWN_EVENT',
        `unknown event "${name.slice(0, 80)}"; known events are ${allowed.join(', ')}`,
      );
    }
    known.push(name);
  }
  return known;
}

function viewOf(webhook: Webhook, health: EndpointHealth): WebhookView {
  const lastDeliveryAt = Math.max(health.lastSuccessAt ?? 0, health.lastFailureAt ?? 0);
  return {
    id: webhook.id,
    appId: webhook.appId,
    url: webhook.url,
    events: [...webhook.events],
    enabled: webhook.enabled,
    disabledReason: webhook.disabledReason,
    profile: webhook.profile,
    format: webhook.format,
    headers: { ...webhook.headers },
    description: webhook.description,
    rateLimit: webhook.rateLimit,
    createdAt: iso(webhook.createdAt),
    updatedAt: iso(webhook.updatedAt),
    lastDeliveryAt: lastDeliveryAt === 0 ? null : iso(lastDeliveryAt),
    health: {
      state: stateOf(health, webhook.enabled),
      failuresInARow: health.failuresInARow,
      lastSuccessAt: isoOrNull(health.lastSuccessAt),
      lastFailureAt: isoOrNull(health.lastFailureAt),
      lastFailureReason: health.lastFailureReason,
      failingSince: isoOrNull(health.failingSince),
    },
  };
}
