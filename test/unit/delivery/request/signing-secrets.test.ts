import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { createSigningSecrets } from '../../../../server/src/delivery/request/signing-secrets.ts';
import { createSecretBox } from '../../../../server/src/services/webhooks/secret-box.ts';
import { generateSecret } from '../../../../server/src/services/webhooks/generate-secret.ts';

const box = createSecretBox(randomBytes(32));
const [newest, older, oldest] = ['whsec_newest00', 'whsec_older000', 'whsec_oldest00'] as const;
const id = 'wh_000000000001';
const before = { webhookId: id, field: 'previousSecrets' } as const;

const rotatedTwice = {
  id,
  secret: box.encrypt(newest, { webhookId: id, field: 'secret' }),
  previousSecrets: [
    { sealed: box.encrypt(older, before), until: 2_000 },
    { sealed: box.encrypt(oldest, before), until: 1_000 },
  ],
};

const texts = (secrets: ReturnType<ReturnType<typeof createSigningSecrets>>['secrets']) =>
  secrets.map((secret) => (secret.kind === 'hmac' ? secret.text : 'private key'));

describe('the active secrets', () => {
  const secretsAt = createSigningSecrets(rotatedTwice, box);

  it('include previous secrets until they expire, newest first', () => {
    expect(texts(secretsAt(0).secrets)).toEqual([newest, older, oldest]);
    expect(texts(secretsAt(999).secrets)).toEqual([newest, older, oldest]);
    expect(texts(secretsAt(1_000).secrets)).toEqual([newest, older]);
    expect(texts(secretsAt(2_000).secrets)).toEqual([newest]);
  });

  it('are decrypted once, also over many attempts', () => {
    const decrypt = vi.fn(box.decrypt);
    const at = createSigningSecrets(rotatedTwice, { decrypt });
    for (let time = 0; time < 3; time++) expect(texts(at(time).secrets)).toEqual([newest, older, oldest]);
    expect(decrypt).toHaveBeenCalledTimes(3);
  });

  it('offer the oldest one to a contract with room for one secret', () => {
    expect(secretsAt(0).getSharedSecret().text).toBe(oldest);
    expect(secretsAt(1_000).getSharedSecret().text).toBe(older);
    expect(secretsAt(2_000).getSharedSecret().text).toBe(newest);
  });

  it('never offer a private key as the shared secret', () => {
    const { secret: privateKey } = generateSecret('ed25519');
    const changed = {
      id,
      secret: box.encrypt(newest, { webhookId: id, field: 'secret' }),
      previousSecrets: [{ sealed: box.encrypt(privateKey, before), until: 1_000 }],
    };
    const { secrets, getSharedSecret } = createSigningSecrets(changed, box)(0);
    expect(texts(secrets)).toEqual([newest, 'private key']);
    expect(getSharedSecret().text).toBe(newest);
    const onlyPrivate = createSigningSecrets(
      { id, secret: box.encrypt(privateKey, { webhookId: id, field: 'secret' }), previousSecrets: [] },
      box,
    );
    expect(() => onlyPrivate(0).getSharedSecret()).toThrow('wh_000000000001 has no shared secret');
  });

  it('do not need an expired secret that no key decrypts anymore', () => {
    const foreign = createSecretBox(randomBytes(32)).encrypt(older, before);
    const webhook = {
      id,
      secret: box.encrypt(newest, { webhookId: id, field: 'secret' }),
      previousSecrets: [{ sealed: foreign, until: 1_000 }],
    };
    const secretsAt = createSigningSecrets(webhook, box);
    expect(texts(secretsAt(1_000).secrets)).toEqual([newest]);
    expect(() => secretsAt(999)).toThrow('was sealed with key');
  });
});
