import type { CreatedWebhook } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { unknownHealth } from '../../domain/endpoint-health.ts';
import { apiError } from '../../domain/errors.ts';
import type { Ids } from '../../domain/ports/runtime.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import { sealClientCertificate, sealHeaders, sealUrl, toUrlHost } from '../../domain/webhook-endpoint.ts';
import type { Mount, Webhook } from '../../domain/webhook.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { IdempotentCalls } from '../idempotency/idempotent-calls.ts';
import type { Quotas } from '../limits/quotas.ts';
import { generateSecret, type NewSecret } from './generate-secret.ts';
import type { UpdateWebhookDeps } from './update-webhook.ts';
import { toNewFields, type FieldDeps, type NewWebhookInput } from './webhook-fields.ts';
import { checkSigning } from './webhook-rules.ts';
import { toWebhookView, type WebhookViews } from './webhook-view.ts';

export interface CreateWebhookDeps extends FieldDeps {
  readonly webhooks: WebhookStore;
  readonly secretBox: SecretBox;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly quotas: Quotas;
  readonly calls: Pick<IdempotentCalls, 'run'>;
  readonly ids: Ids;
  readonly views: WebhookViews;
  /** Webhooks per app: of AuthForge's contract, and all others together. */
  readonly limits: { readonly authforge: number; readonly others: number };
  readonly onChanged: UpdateWebhookDeps['onChanged'];
}

interface Given {
  readonly accountId: string;
  readonly mount: Mount;
  /** When the call was made, epoch ms. */
  readonly at: number;
}

/** The id and the secret of a new webhook, before it is stored. */
interface ReservedWebhook extends NewSecret {
  readonly id: string;
}

/** Creates a webhook with a new secret. Only this result contains the secret. */
export function createCreateWebhook(deps: CreateWebhookDeps) {
  const { webhooks, access, audit, calls, ids, onChanged, quotas, views, limits } = deps;

  async function insert(
    actor: Actor,
    input: NewWebhookInput,
    reserved: ReservedWebhook,
    given: Given,
  ): Promise<CreatedWebhook> {
    const { accountId, mount } = given;
    const fields = await toNewFields(input, accountId, mount, deps);
    checkSigning(fields.signing, fields.profile);
    const webhook = toWebhook(deps, fields, reserved, given);
    const limit = mount === 'authforge' ? limits.authforge : limits.others;
    const result = await quotas.insert(actor, accountId, 'webhooks', (accountLimit) =>
      webhooks.insert(webhook, limit, accountLimit),
    );
    if (result === 'limit_reached') {
      throw apiError('WEBHOOK_LIMIT_REACHED', `app ${input.appId} already has its ${limit} webhooks`);
    }
    onChanged(webhook, true);
    const view = toWebhookView(webhook, fields, unknownHealth, webhook.createdAt);
    return { ...view, secret: reserved.secret };
  }

  /** Finds the webhook that an earlier run of the call made. */
  async function find(actor: Actor, { id, secret }: ReservedWebhook): Promise<CreatedWebhook | undefined> {
    const webhook = await webhooks.get(id);
    if (webhook === undefined) return undefined;
    onChanged(webhook, true);
    return { ...(await views.getView(webhook, actor)), secret };
  }

  return async function createWebhook(
    actor: Actor,
    { idempotencyKey, ...input }: NewWebhookInput & { readonly idempotencyKey?: string | undefined },
    { mount }: { readonly mount: Mount },
  ): Promise<CreatedWebhook> {
    const { appId } = input;
    const accountId = await access.requireApp(actor, appId, 'webhooks:write');
    return await calls.run({
      actor,
      operation: 'webhooks.create',
      key: idempotencyKey,
      input,
      accountId,
      appId,
      reserve: (): ReservedWebhook => ({ id: ids.webhook(), ...generateSecret(input.signing ?? 'hmac') }),
      getTargetId: ({ id }) => id,
      work: async (reserved, { at, entryId, isContinued }) => {
        const found = isContinued ? await find(actor, reserved) : undefined;
        const created = found ?? (await insert(actor, input, reserved, { accountId, mount, at }));
        await audit.record(actor, {
          action: 'webhook.created',
          accountId,
          appId,
          targetId: created.id,
          targetName: created.description ?? new URL(created.url).host,
          entryId,
          details: { profile: created.profile, mount, signing: created.signing },
        });
        return created;
      },
    });
  };
}

function toWebhook(
  { secretBox }: Pick<CreateWebhookDeps, 'secretBox'>,
  fields: Awaited<ReturnType<typeof toNewFields>>,
  { id, secret, publicKey }: ReservedWebhook,
  { accountId, mount, at }: Given,
): Webhook {
  return {
    ...fields,
    id,
    revision: 1,
    accountId,
    url: sealUrl(secretBox, id, fields.url),
    host: toUrlHost(fields.url),
    headers: sealHeaders(secretBox, id, fields.headers),
    clientCertificate:
      fields.clientCertificate && sealClientCertificate(secretBox, id, fields.clientCertificate),
    mount,
    disabledReason: fields.enabled ? null : 'by_user',
    secret: secretBox.encrypt(secret, { webhookId: id, field: 'secret' }),
    publicKey,
    previousSecrets: [],
    keptEvents: [],
    createdAt: at,
    updatedAt: at,
  };
}
