import type { DisabledReason } from '@tocsin/shared';
import { unknownHealth } from '../../../../src/domain/endpoint-health.ts';
import type {
  HealthAgreement,
  WebhookChange,
  WebhookStore,
  WebhookVersion,
} from '../../../../src/domain/ports/webhook-store.ts';
import type { Mount, Webhook } from '../../../../src/domain/webhook.ts';
import { countValues, hasRoom } from '../accounts/account-room.ts';
import type { MemoryConfig } from '../memory-config.ts';
import { compareText, copyMany, copyOne, insertNew } from '../read-map.ts';
import { findLastSuccesses, type DeliveryOutcomes } from './last-success.ts';

type Config = Pick<MemoryConfig, 'webhooks' | 'testTurns' | 'health' | 'changes'>;

export class MemoryWebhookStore implements WebhookStore {
  readonly #config: Config;
  readonly #deliveries: DeliveryOutcomes;

  constructor(config: Config, { deliveries }: { readonly deliveries: DeliveryOutcomes }) {
    this.#config = config;
    this.#deliveries = deliveries;
  }

  async insert(
    webhook: Webhook,
    limit: number,
    accountLimit?: number,
  ): Promise<'inserted' | 'limit_reached' | 'account_limit_reached'> {
    const { webhooks } = this.#config;
    const { id, accountId } = webhook;
    const count = countValues(webhooks, (other) => other.accountId === accountId);
    if (!hasRoom(count, accountLimit)) return 'account_limit_reached';
    if (countValues(webhooks, (other) => areLimitedTogether(other, webhook)) >= limit) return 'limit_reached';
    insertNew(webhooks, id, webhook);
    this.#record(webhook);
    return 'inserted';
  }

  async get(id: string): Promise<Webhook | undefined> {
    return copyOne(this.#config.webhooks, id);
  }

  async getMany(ids: readonly string[]): Promise<Webhook[]> {
    return copyMany(this.#config.webhooks, ids);
  }

  async listSome(appId: string, limit: number): Promise<Webhook[]> {
    return this.#list((webhook) => webhook.appId === appId).slice(0, limit);
  }

  async listForApps(appIds: readonly string[]): Promise<Webhook[]> {
    return this.#list((webhook) => appIds.includes(webhook.appId)).sort(compareAge);
  }

  async listAfterApp(appId: string | undefined, limit: number): Promise<Webhook[]> {
    return this.#list((webhook) => appId === undefined || webhook.appId > appId)
      .sort(compareAppAndMount)
      .slice(0, limit)
      .sort((a, b) => (a.appId === b.appId ? compareAge(a, b) : 0));
  }

  async listForApp(appId: string, mount?: Mount): Promise<Webhook[]> {
    return this.#list(
      (webhook) => webhook.appId === appId && (mount === undefined || webhook.mount === mount),
    ).sort(compareAge);
  }

  async update(
    before: WebhookVersion,
    change: WebhookChange,
    resetAt?: number,
    expectedRevision?: number,
  ): Promise<Webhook | undefined> {
    const { webhooks, health } = this.#config;
    const stored = webhooks.get(before.id);
    if (stored === undefined || !isVersion(stored, before, expectedRevision)) return undefined;
    const webhook = { ...stored, ...toFields(change), revision: stored.revision + 1 };
    webhooks.set(webhook.id, webhook);
    if (resetAt !== undefined) {
      const { id, appId, accountId } = webhook;
      const epoch = health.get(id)?.epoch ?? 0;
      health.set(id, { ...unknownHealth, appId, accountId, resetAt, epoch });
    }
    this.#record(webhook, resetAt !== undefined);
    return structuredClone(webhook);
  }

  async delete(id: string, expectedRevision?: number): Promise<boolean> {
    const { webhooks, testTurns, health } = this.#config;
    const webhook = webhooks.get(id);
    if (webhook === undefined || webhook.revision !== (expectedRevision ?? webhook.revision)) return false;
    webhooks.delete(id);
    testTurns.delete(id);
    health.delete(id);
    this.#record(webhook, true);
    return true;
  }

  async disable(
    id: string,
    reason: DisabledReason,
    at: number,
    agreement?: HealthAgreement,
  ): Promise<boolean> {
    const { webhooks } = this.#config;
    if (agreement !== undefined && !this.#agrees(id, agreement)) return false;
    const webhook = webhooks.get(id);
    if (webhook?.enabled !== true) return false;
    const revision = webhook.revision + 1;
    webhooks.set(id, { ...webhook, revision, enabled: false, disabledReason: reason, updatedAt: at });
    this.#record(webhook);
    return true;
  }

  #agrees(id: string, { failingSince, epoch }: HealthAgreement): boolean {
    const health = this.#config.health.get(id);
    if (health === undefined || health.failingSince === null) return false;
    if (health.failingSince > failingSince || health.epoch > epoch) return false;
    const succeededAt = findLastSuccesses(this.#deliveries, [id]).get(id) ?? 0;
    if (succeededAt > failingSince) return false;
    this.#config.health.set(id, { ...health, epoch });
    return true;
  }

  #list(matches: (webhook: Webhook) => boolean): Webhook[] {
    return structuredClone([...this.#config.webhooks.values()].filter(matches));
  }

  #record({ id, appId }: Webhook, resetsHealth?: boolean): void {
    const change = { collection: 'webhooks', id, appId } as const;
    this.#config.changes.record(resetsHealth === undefined ? change : { ...change, resetsHealth });
  }
}

/** The AuthForge contract has its own limit for each app. All other webhooks of an app share another limit. */
function areLimitedTogether(a: Webhook, b: Webhook): boolean {
  return a.appId === b.appId && (a.mount === 'authforge') === (b.mount === 'authforge');
}

function isVersion(
  stored: Webhook,
  { url, headers, secret, profile }: WebhookVersion,
  revision = stored.revision,
): boolean {
  return (
    stored.url === url &&
    stored.headers === headers &&
    stored.secret === secret &&
    stored.profile === profile &&
    stored.revision === revision
  );
}

/** The fields that an update can change. The compiler asks for those of new fields. */
const changeable: Readonly<Record<keyof WebhookChange, true>> = {
  profile: true,
  format: true,
  url: true,
  host: true,
  events: true,
  keptEvents: true,
  eventVersions: true,
  enabled: true,
  disabledReason: true,
  secret: true,
  signing: true,
  publicKey: true,
  previousSecrets: true,
  headers: true,
  description: true,
  rateLimit: true,
  clientCertificate: true,
  updatedAt: true,
};

/** Returns copies of the changed fields. Undefined keeps the stored value. */
function toFields(change: WebhookChange): Partial<Webhook> {
  const changed = Object.entries(change).filter(([name, value]) => name in changeable && value !== undefined);
  // `as`: Object.fromEntries loses the names.
  return structuredClone(Object.fromEntries(changed)) as Partial<Webhook>;
}

/** The order of `listForApp`. */
function compareAge(a: Webhook, b: Webhook): number {
  return a.createdAt - b.createdAt || compareText(a.id, b.id);
}

/** Null comes first. */
function compareAppAndMount(a: Webhook, b: Webhook): number {
  return (
    compareText(a.appId, b.appId) || compareText(a.mount ?? '', b.mount ?? '') || compareText(a.id, b.id)
  );
}
