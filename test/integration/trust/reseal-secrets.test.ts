import { randomBytes } from 'node:crypto';
import { describe, expect, inject, test } from 'vitest';
import type { SecretBox, SecretSwapStore } from '../../../server/src/domain/ports/secret-box.ts';
import {
  openClientCertificate,
  openHeaders,
  openUrl,
  sealClientCertificate,
  sealHeaders,
  sealUrl,
} from '../../../server/src/domain/webhook-endpoint.ts';
import { resealSecrets } from '../../../server/src/services/maintenance/reseal-secrets.ts';
import { createSecretBox } from '../../../server/src/services/webhooks/secret-box.ts';
import { Connection } from '../../../server/src/store/mongo/connection.ts';
import { MongoWebhookStore } from '../../../server/src/store/mongo/webhooks/webhook-store.ts';
import { aWebhook } from '../../support/builders.ts';

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const oldBox = createSecretBox(oldKey);
const secretBox = createSecretBox(newKey, [oldKey]);
const report = () => undefined;

async function connect(): Promise<Connection> {
  const database = `reseal_${randomBytes(6).toString('hex')}`;
  return await Connection.open({ uri: inject('mongoUri').replace(/\/(\?|$)/, `/${database}$1`) });
}

function sealedWebhook(box: SecretBox, i: number) {
  const { id } = aWebhook();
  return aWebhook({
    id,
    secret: box.encrypt(`whsec_${i}`, { webhookId: id, field: 'secret' }),
    previousSecrets: [
      { sealed: box.encrypt(`whsec_before_${i}`, { webhookId: id, field: 'previousSecrets' }), until: 1_000 },
    ],
    url: sealUrl(box, id, `https://example.com/${i}`),
    headers: sealHeaders(box, id, { 'x-a': String(i) }),
    // Every second one, because most have none.
    clientCertificate:
      i % 2 === 0
        ? sealClientCertificate(box, id, {
            certificate: 'c',
            privateKey: `key ${i}`,
            subject: 'CN=a',
            expiresAt: 5,
            fingerprint: 'AB',
          })
        : null,
  });
}

async function storeWith(connection: Connection, count: number) {
  const store = new MongoWebhookStore(connection.collections);
  const webhooks = Array.from({ length: count }, (_, i) => sealedWebhook(oldBox, i));
  for (const webhook of webhooks) await store.insert(webhook, 1_000);
  return { store, webhooks };
}

describe('resealing all secrets', () => {
  test('reseals every secret in batches, also previous ones, and has nothing to do the second time', async () => {
    await using connection = await connect();
    const { store, webhooks } = await storeWith(connection, 7);
    const progress: number[] = [];
    const parts = {
      store,
      secretBox,
      batchSize: 3,
      report: ({ seen }: { seen: number }) => void progress.push(seen),
    };
    expect(await resealSecrets(parts)).toEqual({ resealed: 7, unreadable: [], remaining: 0 });
    expect(progress).toEqual([3, 6, 7]);
    const onlyNew = createSecretBox(newKey);
    for (const [i, { id }] of webhooks.entries()) {
      const stored = await store.get(id);
      if (stored === undefined) throw new Error('every webhook is stored');
      expect(onlyNew.decrypt(stored.secret, { webhookId: id, field: 'secret' })).toBe(`whsec_${i}`);
      const previous = stored.previousSecrets[0]?.sealed ?? '';
      expect(onlyNew.decrypt(previous, { webhookId: id, field: 'previousSecrets' })).toBe(
        `whsec_before_${i}`,
      );
      expect(openUrl(onlyNew, stored)).toBe(`https://example.com/${i}`);
      expect(openHeaders(onlyNew, stored)).toEqual({ 'x-a': String(i) });
      expect(openClientCertificate(onlyNew, stored)?.privateKey).toBe(i % 2 === 0 ? `key ${i}` : undefined);
      expect(stored.clientCertificate?.subject).toBe(i % 2 === 0 ? 'CN=a' : undefined);
    }
    expect(await resealSecrets(parts)).toEqual({ resealed: 0, unreadable: [], remaining: 0 });
  });

  test('does not undo a rotation of the secret that comes between its read and its write', async () => {
    await using connection = await connect();
    const { store, webhooks } = await storeWith(connection, 3);
    const [rotated] = webhooks;
    if (rotated === undefined) throw new Error('there are three');
    let reads = 0;
    const overtaken: SecretSwapStore = {
      listSecrets: async (after, limit) => {
        const read = await store.listSecrets(after, limit);
        // Sealed by a server that still has the old key: the next round has to come back for it.
        if (reads++ === 0) {
          const secret = oldBox.encrypt('whsec_rotated', { webhookId: rotated.id, field: 'secret' });
          await store.update(rotated, { secret });
        }
        return read;
      },
      swapSecrets: (swaps) => store.swapSecrets(swaps),
    };
    const result = await resealSecrets({ store: overtaken, secretBox, report });
    expect(result).toEqual({ resealed: 3, unreadable: [], remaining: 0 });
    const stored = await store.get(rotated.id);
    expect(
      createSecretBox(newKey).decrypt(stored?.secret ?? '', { webhookId: rotated.id, field: 'secret' }),
    ).toBe('whsec_rotated');
  });

  test('gives up if a server still uses the old key, and reports how many secrets remain', async () => {
    await using connection = await connect();
    const { store, webhooks } = await storeWith(connection, 1);
    const [{ id } = aWebhook()] = webhooks;
    const contested: SecretSwapStore = {
      listSecrets: async (after, limit) => {
        const read = await store.listSecrets(after, limit);
        const current = await store.get(id);
        if (current === undefined) throw new Error('the webhook is stored');
        await store.update(current, {
          secret: oldBox.encrypt('whsec_again', { webhookId: id, field: 'secret' }),
        });
        return read;
      },
      swapSecrets: (swaps) => store.swapSecrets(swaps),
    };
    const result = await resealSecrets({ store: contested, secretBox, report });
    expect(result).toEqual({ resealed: 0, unreadable: [], remaining: 1 });
  });
});
