import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { describe, expect, inject, test } from 'vitest';
import { safeVerify } from '../../../client/src/receiver/index.ts';
import type { SealedField, SecretBox } from '../../../server/src/domain/ports/secret-box.ts';
import { createSecretBox, toKeyId } from '../../../server/src/services/webhooks/secret-box.ts';
import { call } from '../../support/call.ts';
import { runCli } from '../../support/cli-process.ts';
import { MongoRelay } from '../../support/mongo-relay.ts';
import { Receiver } from '../../support/receiver.ts';
import { startServerProcess } from '../../support/server-process.ts';

interface StoredWebhook {
  _id: string;
  secret: string;
  previousSecrets: { sealed: string; until: Date }[];
  url: string;
  headers: string;
}

function sealedFields(box: SecretBox, _id: string, name: string): StoredWebhook {
  const seal = (text: string, field: SealedField) => box.encrypt(text, { webhookId: _id, field });
  return {
    _id,
    secret: seal(`whsec_${name}`, 'secret'),
    previousSecrets: [{ sealed: seal(`whsec_before_${name}`, 'previousSecrets'), until: new Date(1) }],
    url: seal('https://example.com/', 'url'),
    headers: seal('{}', 'headers'),
  };
}

/** Some dozens of batches, so that there is a middle to be killed in. */
const many = 6_000;

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const both = {
  ENCRYPTION_KEY: newKey.toString('base64'),
  ENCRYPTION_KEY_PREVIOUS: oldKey.toString('base64'),
};

function databaseOfItsOwn() {
  const name = `rotate_${randomBytes(6).toString('hex')}`;
  const uri = inject('mongoUri').replace(/\/(\?|$)/, `/${name}$1`);
  const client = new MongoClient(uri);
  return {
    uri,
    webhooks: client.db(name).collection<StoredWebhook>('webhooks'),
    auditLog: client.db(name).collection('audit_log'),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

describe('npm run rotate-key', () => {
  test(
    'is completed by a second run after a kill, while a server with both keys keeps working',
    { timeout: 120_000 },
    async () => {
      await using database = databaseOfItsOwn();
      await using receiver = await Receiver.start();
      const { webhooks } = database;
      const secrets = new Map<string, string>();
      {
        await using before = await startServerProcess({
          MONGODB_URI: database.uri,
          ENCRYPTION_KEY: oldKey.toString('base64'),
        });
        await call(before, 'apps.create', { id: 'app_a', name: 'A' });
        for (let i = 0; i < 3; i++) {
          const input = { appId: 'app_a', url: receiver.url, events: ['user.login'] };
          const { id, secret } = await call(before, 'webhooks.create', input);
          secrets.set(id, secret);
        }
      }
      const [sample] = await webhooks.find().toArray();
      if (sample === undefined) throw new Error('no webhook was stored');
      const oldBox = createSecretBox(oldKey);
      await webhooks.insertMany(
        Array.from({ length: many }, (_, i) => ({
          ...sample,
          appId: 'app_many',
          ...sealedFields(oldBox, `wh_${i.toString(16).padStart(12, '0')}`, String(i)),
        })),
      );
      const underNewKey = { secret: { $regex: `^v3\\.${toKeyId(newKey)}\\.` } };

      await using server = await startServerProcess({ MONGODB_URI: database.uri, ...both });
      const areAllProven = async () => {
        for (const [id, secret] of secrets) {
          const at = receiver.requests.length;
          await call(server, 'webhooks.test', { id });
          const request = receiver.requests[at];
          const headers = Object.entries(request?.headers ?? {}).map(([name, value]) => [
            name,
            String(value),
          ]);
          const proof = {
            headers: Object.fromEntries(headers) as Record<string, string>,
            body: request?.body ?? '',
          };
          expect(await safeVerify(proof, { secret })).toMatchObject({ ok: true });
        }
      };
      await areAllProven();

      const env = { MONGODB_URI: database.uri, ...both };
      await using relay = await MongoRelay.start(database.uri);
      const killed = await runCli('server/src/cli/main.ts', ['rotate-key'], {
        env: { ...env, MONGODB_URI: relay.uri },
        killWhen: /\d+ webhooks checked/,
      });
      expect(killed.ended).toBe('SIGKILL');
      const done = await webhooks.countDocuments(underNewKey);
      expect(done).toBeGreaterThan(0);
      expect(done).toBeLessThan(many);
      await areAllProven();

      // A secret that is rotated during the second run must not be overwritten.
      const [[rotatedId] = ['']] = [...secrets];
      const [run, rotated] = await Promise.all([
        runCli('server/src/cli/main.ts', ['rotate-key'], { env }),
        call(server, 'webhooks.rotateSecret', { id: rotatedId }),
      ]);
      secrets.set(rotatedId, rotated.secret);
      expect(run.output).toMatch(/done: \d+ re-encrypted, 0 unreadable, 0 remaining\n$/);
      expect(run.ended).toBe(0);
      expect(await webhooks.countDocuments(underNewKey)).toBe(await webhooks.countDocuments());

      const newBox = createSecretBox(newKey);
      const last = await webhooks.findOne({ _id: `wh_${(many - 1).toString(16).padStart(12, '0')}` });
      const webhookId = last?._id ?? '';
      const previous = last?.previousSecrets[0]?.sealed ?? '';
      expect(newBox.decrypt(last?.secret ?? '', { webhookId, field: 'secret' })).toBe(`whsec_${many - 1}`);
      expect(newBox.decrypt(previous, { webhookId, field: 'previousSecrets' })).toBe(
        `whsec_before_${many - 1}`,
      );
      await areAllProven();

      // The old key is needed no more.
      await using after = await startServerProcess({
        MONGODB_URI: database.uri,
        ENCRYPTION_KEY: both.ENCRYPTION_KEY,
      });
      for (const id of secrets.keys()) {
        expect(await call(after, 'webhooks.test', { id })).toMatchObject({ delivered: true });
      }
      expect(run.output + killed.output).not.toContain(both.ENCRYPTION_KEY);
      const entries = await database.auditLog.find({ action: 'encryption_key.rotated' }).toArray();
      expect(entries).toMatchObject([
        { actor: { kind: 'system' }, targetId: toKeyId(newKey), accountId: null },
      ]);
    },
  );

  test('names the webhooks that no given key decrypts, and fails', async () => {
    await using database = databaseOfItsOwn();
    const [lostBox, openBox] = [createSecretBox(randomBytes(32)), createSecretBox(oldKey)];
    const moved = sealedFields(openBox, 'wh_00000000000d', 'moved');
    await database.webhooks.insertMany([
      sealedFields(lostBox, 'wh_00000000000a', 'lost'),
      sealedFields(openBox, 'wh_00000000000b', 'open'),
      { ...moved, _id: 'wh_00000000000c' },
    ]);
    const run = await runCli('server/src/cli/main.ts', ['rotate-key'], {
      env: { MONGODB_URI: database.uri, ...both },
    });
    expect(run.ended).toBe(1);
    expect(run.output).toContain('wh_00000000000a: no given key can decrypt its credentials');
    expect(run.output).toContain('wh_00000000000c: no given key can decrypt its credentials');
    expect(run.output).toContain('done: 1 re-encrypted, 2 unreadable, 0 remaining');
  });

  test.each([
    ['without the new key', { ENCRYPTION_KEY_PREVIOUS: both.ENCRYPTION_KEY_PREVIOUS }, 'ENCRYPTION_KEY: '],
    ['without the old key', { ENCRYPTION_KEY: both.ENCRYPTION_KEY }, 'ENCRYPTION_KEY_PREVIOUS: '],
    ['with half a key', { ...both, ENCRYPTION_KEY_PREVIOUS: 'AAAA' }, 'entry 1 is not 32 bytes in base64'],
  ])('%s changes nothing and names what is missing', async (_what, env, complaint) => {
    const run = await runCli('server/src/cli/main.ts', ['rotate-key'], {
      env: { MONGODB_URI: inject('mongoUri'), ...env },
    });
    expect(run.ended).toBe(2);
    expect(run.output).toContain(complaint);
  });
});
