import {
  alertEmailAddress,
  maskUrl,
  type AlertChannelKind,
  type AlertChannelView,
  type AlertTestResult,
  type CreateAlertChannelInput,
  type CreatedAlertChannel,
  type Page,
  type UpdateAlertChannelInput,
} from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { defaultAccountId } from '../../domain/account-limits.ts';
import { maxChannels, type AlertChannel } from '../../domain/alert.ts';
import { apiError, fieldError } from '../../domain/errors.ts';
import type { AlertStore } from '../../domain/ports/alert-store.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { Clock, Ids } from '../../domain/ports/runtime.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { TargetPolicy } from '../../domain/ports/sending.ts';
import { openUrl, sealHeaders, sealUrl } from '../../domain/webhook-endpoint.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { checkGivenUrl } from '../common/given-url.ts';
import { mapPage, toIso } from '../common/iso-time.ts';
import { generateSecret } from '../webhooks/generate-secret.ts';
import type { AlertOwners } from './alert-owner.ts';
import { toMessage } from './alert-messages.ts';
import type { SendToChannel } from './send-alerts.ts';
import { createTestLimiter } from './test-limiter.ts';

export interface AlertChannelsDeps {
  readonly alerts: Pick<
    AlertStore,
    'insertChannel' | 'listChannels' | 'getChannels' | 'updateChannel' | 'deleteChannel' | 'apply'
  >;
  readonly owners: AlertOwners;
  readonly audit: Pick<AuditService, 'record'>;
  readonly targets: TargetPolicy;
  readonly secretBox: SecretBox;
  readonly send: SendToChannel;
  readonly ids: Pick<Ids, 'alertChannel' | 'alertMessage'>;
  readonly clock: Clock;
  /** Whether the server can send e-mail. */
  readonly hasMailer: boolean;
}

/** Manages the channels that alerts are sent to. */
export function createAlertChannels(deps: AlertChannelsDeps) {
  const { alerts, owners, audit, secretBox, clock } = deps;
  const toView = (channel: AlertChannel) => toChannelView(channel, secretBox);
  const find = createFindChannel(deps);
  const toTarget = createToTarget(deps);

  return {
    create: createCreateChannel(deps, toTarget),

    async list(
      actor: Actor,
      filter: { readonly accountId?: string | undefined },
      page: PageRequest,
    ): Promise<Page<AlertChannelView>> {
      const owner = await owners.resolve(actor, filter.accountId, 'webhooks:read');
      return mapPage(await alerts.listChannels(owner, page), toView);
    },

    async update(actor: Actor, input: UpdateAlertChannelInput): Promise<AlertChannelView> {
      const channel = await find(actor, input.id);
      const { id, accountId, kind } = channel;
      // The masked target, as responses show it, stands for the stored one.
      const given = input.target === toView(channel).target ? undefined : input.target;
      const target =
        given === undefined
          ? undefined
          : await toTarget({ kind, target: given, owner: accountId, hasStored: true });
      const { name } = input;
      const url = target === undefined ? undefined : sealUrl(secretBox, id, target);
      // The driver drops undefined fields.
      const change = { ...(name === undefined ? {} : { name }), ...(url === undefined ? {} : { url }) };
      const updated = await alerts.updateChannel(id, { ...change, updatedAt: clock.now() });
      if (updated === undefined) throw notFound(id);
      await audit.record(actor, {
        action: 'alert_channel.updated',
        accountId,
        targetId: id,
        targetName: updated.name,
        changes: [
          ...toChange('name', channel.name, updated.name),
          ...toChange('target', toView(channel).target, toView(updated).target),
        ],
      });
      return toView(updated);
    },

    async delete(actor: Actor, id: string): Promise<{ id: string; deleted: true }> {
      const { accountId, name } = await find(actor, id);
      if (!(await alerts.deleteChannel(id))) throw notFound(id);
      await audit.record(actor, {
        action: 'alert_channel.deleted',
        accountId,
        targetId: id,
        targetName: name,
      });
      return { id, deleted: true };
    },

    test: createTestChannel(deps, find),
  };
}

export type AlertChannelService = ReturnType<typeof createAlertChannels>;

/** Creates a channel with a new secret. */
function createCreateChannel(
  { alerts, owners, audit, secretBox, ids, clock }: AlertChannelsDeps,
  toTarget: ToTarget,
) {
  return async function createChannel(
    actor: Actor,
    input: CreateAlertChannelInput,
  ): Promise<CreatedAlertChannel> {
    const owner = await owners.resolve(actor, input.accountId, 'webhooks:write');
    owners.requireAllowed(owner);
    const { name, kind } = input;
    const target = await toTarget({ kind, target: input.target, owner, hasStored: false });
    const id = ids.alertChannel();
    const { secret } = generateSecret('hmac');
    const now = clock.now();
    const channel: AlertChannel = {
      id,
      accountId: owner,
      name,
      kind,
      url: sealUrl(secretBox, id, target),
      secret: secretBox.encrypt(secret, { webhookId: id, field: 'secret' }),
      headers: sealHeaders(secretBox, id, {}),
      createdAt: now,
      updatedAt: now,
    };
    const limit = owner === null ? maxChannels.operator : maxChannels.account;
    if (!(await alerts.insertChannel(channel, limit))) {
      throw apiError('QUOTA_EXCEEDED', `there are already ${limit} alert channels; delete one`);
    }
    await audit.record(actor, {
      action: 'alert_channel.created',
      accountId: owner,
      targetId: id,
      targetName: name,
      details: { kind },
    });
    return { ...toChannelView(channel, secretBox), secret: kind === 'webhook' ? secret : null };
  };
}

function createFindChannel({ alerts, owners }: AlertChannelsDeps) {
  return async function findChannel(actor: Actor, id: string): Promise<AlertChannel> {
    const [channel] = await alerts.getChannels([id]);
    if (!owners.canUse(actor, channel?.accountId ?? null, 'webhooks:write') || channel === undefined) {
      throw notFound(id);
    }
    return channel;
  };
}

interface GivenTarget {
  readonly kind: AlertChannelKind;
  readonly target: string;
  readonly owner: string | null;
  readonly hasStored: boolean;
}

type ToTarget = (given: GivenTarget) => Promise<string>;

/** Checks the target of a channel. Returns its URL. */
function createToTarget({ targets, hasMailer }: AlertChannelsDeps): ToTarget {
  return async function toTarget({ kind, target, owner, hasStored }) {
    const isAddress = alertEmailAddress.safeParse(target).success;
    if (kind !== 'email') {
      if (isAddress)
        throw fieldError('target', `a channel of the kind ${kind} needs a URL, not an e-mail address`);
      return await checkGivenUrl(targets, {
        field: 'target',
        url: target,
        accountId: owner ?? defaultAccountId,
        hasStored,
      });
    }
    if (!isAddress) throw fieldError('target', 'must be an e-mail address, such as ops@example.com');
    if (!hasMailer) throw fieldError('kind', 'email needs a mail server; the operator sets SMTP_URL');
    return `mailto:${target}`;
  };
}

/** Sends a test message at once. Its result is in the history, like that of any message. */
function createTestChannel(
  { alerts, owners, audit, send, ids, clock }: AlertChannelsDeps,
  find: (actor: Actor, id: string) => Promise<AlertChannel>,
) {
  const limiter = createTestLimiter();
  return async function testChannel(actor: Actor, id: string): Promise<AlertTestResult> {
    const channel = await find(actor, id);
    owners.requireAllowed(channel.accountId);
    const startedAt = clock.now();
    limiter.take(channel.accountId, startedAt);
    const message = toMessage(ids.alertMessage(startedAt), channel, startedAt);
    const started = performance.now();
    const { error } = await send(channel, message);
    const durationMs = Math.round(performance.now() - started);
    const result = {
      status: error === null ? ('sent' as const) : ('failed' as const),
      tries: 1,
      nextAt: null,
      sentAt: error === null ? clock.now() : null,
      error,
    };
    await alerts.apply({ opened: [], told: [], closed: [], messages: [{ ...message, ...result }] });
    await audit.record(actor, {
      action: 'alert_channel.tested',
      accountId: channel.accountId,
      targetId: id,
      targetName: channel.name,
      details: { delivered: error === null },
    });
    return { delivered: error === null, error, durationMs };
  };
}

function toChannelView(channel: AlertChannel, secretBox: Pick<SecretBox, 'decrypt'>): AlertChannelView {
  const { id, accountId, name, kind, createdAt, updatedAt } = channel;
  const url = openUrl(secretBox, channel);
  const target = kind === 'email' ? url.slice('mailto:'.length) : maskUrl(url);
  return { id, accountId, name, kind, target, createdAt: toIso(createdAt), updatedAt: toIso(updatedAt) };
}

function toChange(field: string, before: string, after: string) {
  return before === after ? [] : [{ field, before, after }];
}

function notFound(id: string) {
  return apiError('NOT_FOUND', `no alert channel ${id}`);
}
