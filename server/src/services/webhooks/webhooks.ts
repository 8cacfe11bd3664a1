import {
  eventTypes,
  eventTypesFor,
  isEventType,
  type Backlog,
  type CreateWebhookInput,
  type CreatedWebhook,
  type EventType,
  type SigningProfile,
  type RotatedWebhook,
  type RotateSecretInput,
  type Scope,
  type Signing,
  type UpdateWebhookInput,
  type WebhookView,
} from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { toHealthState, unknownHealth, type EndpointHealth } from '../../domain/endpoint-health.ts';
import { apiError } from '../../domain/errors.ts';
import { checkCustomHeaders } from '../../domain/header-rules.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { Clock, Ids } from '../../domain/ports/runtime.ts';
import type { TargetPolicy } from '../../domain/ports/sending.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { EndpointHealthStore, WebhookChange, WebhookStore } from '../../domain/ports/webhook-store.ts';
import { maxPreviousSecrets, type Mount, type PreviousSecret, type Webhook } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { inBatches } from '../common/in-batches.ts';
import { iso, isoOrNull } from '../common/iso-time.ts';
import { newWebhookSecret } from './generate-secret.ts';

export interface WebhookServiceDeps {
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  readonly health: EndpointHealthStore;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly targets: TargetPolicy;
  readonly secretBox: SecretBox;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly limits: { readonly authforge: number; readonly others: number };
  /** Cancels what waits for a disabled webhook and shall not be sent. */
  readonly cancelBacklog: (actor: Actor, webhook: Webhook, backlog: Backlog) => Promise<void>;
  /** A webhook of this app changed; `restarted` when its endpoint's past says nothing about it any more. */
  readonly onChanged: (webhook: { id: string; appId: string }, restarted: boolean) => void;
}

/** Where a call comes from: a REST mount sees only its own webhooks, null (tRPC) sees all of an app. */
export interface WebhookScope {
  readonly mount: Mount;
}

/** How long what waits for a disabled webhook stays out of the queue before it looks again. */
const heldForMs = 60 * 60 * 1000;

const hourMs = 60 * 60 * 1000;

/** After a change of how a webhook signs, the old way goes along for as long as after a rotation that names no hours. */
const signingOverlapMs = 24 * hourMs;

export function createWebhookService(deps: WebhookServiceDeps) {
  const { webhooks, deliveries, health, access, audit, targets, secretBox, ids, clock, limits, onChanged } =
    deps;

  /** By id alone, over tRPC: an absent webhook and a foreign one get the same answer. */
  async function find(actor: Actor, id: string, scope: Scope): Promise<Webhook> {
    access.requireScope(actor, scope);
    const webhook = await webhooks.get(id);
    if (webhook === undefined || !(await access.canSee(actor, webhook.appId))) {
      throw apiError('NOT_FOUND', `no webhook ${id}`);
    }
    return webhook;
  }

  async function toWebhookViews(list: readonly Webhook[]): Promise<WebhookView[]> {
    const known = await health.get(list.map((webhook) => webhook.id));
    return list.map((webhook) => toWebhookView(webhook, known.get(webhook.id) ?? unknownHealth, clock.now()));
  }

  async function viewOfOne(webhook: Webhook): Promise<WebhookView> {
    const [view] = await toWebhookViews([webhook]);
    if (view === undefined) throw new Error('one webhook has one view');
    return view;
  }

  /** Things that follow from a change beside the record itself. */
  async function applyChange(before: Webhook, after: Webhook): Promise<void> {
    const isRestarted = after.url !== before.url || (after.enabled && !before.enabled);
    if (isRestarted) await health.save(new Map([[after.id, unknownHealth]]));
    onChanged(after, isRestarted);
    const now = clock.now();
    if (before.enabled && !after.enabled) {
      await inBatches((limit) => deliveries.defer(after.id, now + heldForMs, limit));
    }
    if (after.enabled && isRestarted) await inBatches((limit) => deliveries.resume(after.id, now, limit));
  }

  /**
   * Gives a webhook a new secret, unless somebody else just did: then it starts over from theirs, so that of two
   * rotations at once neither is lost.
   */
  async function replaceSecret(
    webhook: Webhook,
    { signing, overlapMs, change }: { signing: Signing; overlapMs: number; change?: WebhookChange },
  ) {
    let before: Webhook | undefined = webhook;
    while (before !== undefined) {
      const now = clock.now();
      const { secret, publicKey } = newWebhookSecret(signing);
      const after = await webhooks.replaceSecret(before.id, before.secret, {
        ...change,
        signing,
        secret: secretBox.encrypt(secret),
        publicKey,
        previousSecrets: stillInForce(before, now, overlapMs),
        updatedAt: now,
      });
      if (after !== undefined) return { after, secret };
      before = await webhooks.get(before.id);
    }
    throw apiError('NOT_FOUND', `no webhook ${webhook.id}`);
  }

  return {
    find,

    /** Webhooks with failures in a row, most of them first; for callers who have judged what may be seen. */
    async failing(appIds: readonly string[] | undefined, limit: number): Promise<WebhookView[]> {
      // More than is asked for, since those of other apps fall out.
      const found = await webhooks.getMany(await health.findFailing(limit * 10));
      const seen = found.filter((webhook) => appIds === undefined || appIds.includes(webhook.appId));
      const views = await toWebhookViews(seen);
      return views.sort((a, b) => b.health.failuresInARow - a.health.failuresInARow).slice(0, limit);
    },

    async create(
      actor: Actor,
      input: Omit<CreateWebhookInput, 'events' | 'signing'> & {
        events: readonly string[];
        signing?: Signing | undefined;
      },
      { mount }: WebhookScope,
    ): Promise<CreatedWebhook> {
      await access.requireApp(actor, input.appId, 'webhooks:write');
      const events = eventsFor(input.events, mount);
      const headers = checkCustomHeaders(input.headers ?? {});
      const url = await targets.check(input.url);
      const signing = input.signing ?? 'hmac';
      checkSigning(signing, input.profile);
      const { secret, publicKey } = newWebhookSecret(signing);
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
        secret: secretBox.encrypt(secret),
        signing,
        publicKey,
        previousSecrets: [],
        headers,
        description: input.description ?? null,
        rateLimit: input.rateLimit ?? null,
        createdAt: now,
        updatedAt: now,
      };
      const limit = mount === 'authforge' ? limits.authforge : limits.others;
      if ((await webhooks.insert(webhook, limit)) === 'limit_reached') {
        throw apiError('WEBHOOK_LIMIT_REACHED', `app ${input.appId} already has its ${limit} webhooks`);
      }
      onChanged(webhook, true);
      await audit.record(actor, {
        action: 'webhook.created',
        appId: webhook.appId,
        targetId: webhook.id,
        details: { profile: webhook.profile, mount, signing },
      });
      return { ...toWebhookView(webhook, unknownHealth, now), secret };
    },

    /** All webhooks of an app, oldest first; a mount sees its own. */
    async list(actor: Actor, appId: string, { mount }: WebhookScope): Promise<WebhookView[]> {
      await access.requireApp(actor, appId, 'webhooks:read');
      return await toWebhookViews(await webhooks.listForApp(appId, mount ?? undefined));
    },

    async get(actor: Actor, id: string): Promise<WebhookView> {
      return await viewOfOne(await find(actor, id, 'webhooks:read'));
    },

    /** By app and id, at a REST mount: the app is judged first, then whether it has such a webhook in this contract. */
    async findInMount(actor: Actor, appId: string, id: string, mount: Mount): Promise<Webhook> {
      await access.requireApp(actor, appId, 'webhooks:write');
      const webhook = await webhooks.get(id);
      if (webhook === undefined || webhook.appId !== appId || webhook.mount !== mount) {
        throw apiError('NOT_FOUND', `app ${appId} has no webhook ${id}`);
      }
      return webhook;
    },

    /** Changes the given fields of a webhook that `find` or `findInMount` answered. */
    async update(
      actor: Actor,
      before: Webhook,
      input: Omit<UpdateWebhookInput, 'id' | 'events'> & { events?: readonly string[] | undefined },
    ): Promise<WebhookView> {
      const events = input.events && eventsFor(input.events, before.mount);
      const headers = input.headers && checkCustomHeaders(input.headers);
      const url = input.url === undefined ? undefined : await targets.check(input.url);
      const { enabled, signing, backlog } = input;
      checkSigning(signing ?? before.signing, input.profile ?? before.profile);
      checkBacklog(before, enabled, backlog);
      const isResigned = signing !== undefined && signing !== before.signing;
      const change: WebhookChange = {
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
      };
      // Before it is enabled: afterwards it would be sent.
      if (backlog !== undefined) await deps.cancelBacklog(actor, before, backlog);
      // One write for both: no attempt may find a profile with a secret that it cannot use.
      const after = isResigned
        ? (await replaceSecret(before, { signing, overlapMs: signingOverlapMs, change })).after
        : await webhooks.update(before.id, change);
      if (after === undefined) throw apiError('NOT_FOUND', `no webhook ${before.id}`);
      await applyChange(before, after);
      await audit.record(actor, {
        action: 'webhook.updated',
        appId: after.appId,
        targetId: after.id,
        details: {
          changed: Object.keys(input).filter((name) => input[name as keyof typeof input] !== undefined),
        },
      });
      return await viewOfOne(after);
    },

    /** A new secret, shown in this answer only. The old one stays in force for the overlap, together with the new. */
    async rotateSecret(actor: Actor, { id, overlapHours }: RotateSecretInput): Promise<RotatedWebhook> {
      const before = await find(actor, id, 'webhooks:write');
      const { after, secret } = await replaceSecret(before, {
        signing: before.signing,
        overlapMs: overlapHours * hourMs,
      });
      onChanged(after, false);
      await audit.record(actor, {
        action: 'webhook.secret_rotated',
        appId: after.appId,
        targetId: after.id,
        details: { overlapHours },
      });
      return { ...(await viewOfOne(after)), secret };
    },

    /** Deletes it; deliveries still pending are cancelled. */
    async delete(actor: Actor, webhook: Webhook): Promise<{ id: string; deleted: true }> {
      if (!(await webhooks.delete(webhook.id))) throw apiError('NOT_FOUND', `no webhook ${webhook.id}`);
      onChanged(webhook, true);
      await audit.record(actor, { action: 'webhook.deleted', appId: webhook.appId, targetId: webhook.id });
      const now = clock.now();
      await inBatches((limit) => deliveries.cancelPending(webhook.id, 'webhook_deleted', now, limit));
      return { id: webhook.id, deleted: true };
    },
  };
}

export type WebhookService = ReturnType<typeof createWebhookService>;

/** Each REST mount knows the events of its own contract; tRPC knows all. Names given twice are folded silently. */
function eventsFor(names: readonly string[], mount: Mount): EventType[] {
  const allowed: readonly string[] = mount === null ? eventTypes : eventTypesFor(mount);
  const known: EventType[] = [];
  for (const name of new Set(names)) {
    if (!isEventType(name) || !allowed.includes(name)) {
      throw apiError(
        'UNKNOWN_EVENT',
        `unknown event "${name.slice(0, 80)}"; known events are ${allowed.join(', ')}`,
      );
    }
    known.push(name);
  }
  return known;
}

/** What a rotation leaves in force beside the new secret. No overlap ends the older ones as well: something leaked. */
function stillInForce(webhook: Webhook, now: number, overlapMs: number): PreviousSecret[] {
  if (overlapMs === 0) return [];
  const older = webhook.previousSecrets.filter((previous) => now < previous.until);
  return [{ sealed: webhook.secret, until: now + overlapMs }, ...older].slice(0, maxPreviousSecrets);
}

function checkSigning(signing: Signing, profile: SigningProfile): void {
  if (signing === 'ed25519' && profile !== 'standard') {
    throw apiError(
      'INVALID_INPUT',
      `signing: ed25519 is an option of the profile standard; the profile ${profile} has hmac only`,
    );
  }
}

/** Said of a webhook that is enabled already, it would be taken for more than it does. */
function checkBacklog(before: Webhook, enabled: boolean | undefined, backlog: Backlog | undefined): void {
  if (backlog === undefined) return;
  if (enabled !== true) throw apiError('INVALID_INPUT', 'backlog: goes with enabled: true only');
  if (before.enabled) {
    throw apiError(
      'INVALID_INPUT',
      `backlog: webhook ${before.id} is enabled already; deliveries.cancel cancels what waits for it`,
    );
  }
}

function toWebhookView(webhook: Webhook, health: EndpointHealth, now: number): WebhookView {
  const previousUntil = Math.max(0, ...webhook.previousSecrets.map((previous) => previous.until));
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
    signing: webhook.signing,
    publicKey: webhook.publicKey,
    previousSecretUntil: previousUntil > now ? iso(previousUntil) : null,
    createdAt: iso(webhook.createdAt),
    updatedAt: iso(webhook.updatedAt),
    lastDeliveryAt: lastDeliveryAt === 0 ? null : iso(lastDeliveryAt),
    health: {
      state: toHealthState(health, webhook.enabled),
      failuresInARow: health.failuresInARow,
      lastSuccessAt: isoOrNull(health.lastSuccessAt),
      lastFailureAt: isoOrNull(health.lastFailureAt),
      lastFailureReason: health.lastFailureReason,
      failingSince: isoOrNull(health.failingSince),
    },
  };
}
