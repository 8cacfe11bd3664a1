import { randomBytes } from 'node:crypto';
import type { App } from '../server/src/domain/access.ts';
import { defaultAccountId } from '../server/src/domain/account-limits.ts';
import type { SecretBox } from '../server/src/domain/ports/secret-box.ts';
import { sealHeaders, sealUrl } from '../server/src/domain/webhook-endpoint.ts';
import type { Webhook } from '../server/src/domain/webhook.ts';
import { createSecretBox } from '../server/src/services/webhooks/secret-box.ts';
import { toAppDoc } from '../server/src/store/mongo/documents/account.ts';
import type { Collections } from '../server/src/store/mongo/documents/collections.ts';
import { toWebhookDoc } from '../server/src/store/mongo/documents/webhook.ts';
import { toLimitGroup } from '../server/src/store/mongo/webhooks/webhook-store.ts';
import { eventType } from './payload.ts';
import { encryptionKey } from './server.ts';

const batchSize = 1_000;

/**
 * Inserts apps of the default account with one webhook each, all to one URL, as the server stores them.
 * Returns the ids of the apps. No process may be running, because the change log does not contain them.
 */
export async function seedApps(
  { apps, webhooks, webhookCounts }: Collections,
  { count, url }: { readonly count: number; readonly url: string },
): Promise<string[]> {
  const secretBox = createSecretBox(Buffer.from(encryptionKey, 'base64'));
  const appIds: string[] = [];
  while (appIds.length < count) {
    const batch = Array.from({ length: Math.min(batchSize, count - appIds.length) }, () => createApp());
    const owned = batch.map((app) => createWebhook(app, url, secretBox));
    await apps.insertMany(batch.map(toAppDoc), { ordered: false });
    await webhooks.insertMany(owned.map(toWebhookDoc), { ordered: false });
    await webhookCounts.insertMany(
      owned.map((webhook) => ({ _id: toLimitGroup(webhook), count: 1 })),
      { ordered: false },
    );
    appIds.push(...batch.map((app) => app.id));
  }
  return appIds;
}

function createApp(): App {
  const id = `app_${randomBytes(8).toString('hex')}`;
  return { id, accountId: defaultAccountId, name: 'bench', createdAt: Date.now() };
}

function createWebhook(app: App, url: string, secretBox: SecretBox): Webhook {
  const id = `wh_${randomBytes(6).toString('hex')}`;
  const secret = `whsec_${randomBytes(16).toString('hex')}`;
  return {
    id,
    revision: 1,
    appId: app.id,
    accountId: app.accountId,
    mount: null,
    profile: 'authforge',
    format: 'auto',
    url: sealUrl(secretBox, id, url),
    events: [eventType],
    eventVersions: {},
    enabled: true,
    disabledReason: null,
    secret: secretBox.encrypt(secret, { webhookId: id, field: 'secret' }),
    signing: 'hmac',
    publicKey: null,
    previousSecrets: [],
    keptEvents: [],
    headers: sealHeaders(secretBox, id, {}),
    description: null,
    rateLimit: null,
    clientCertificate: null,
    createdAt: app.createdAt,
    updatedAt: app.createdAt,
  };
}
