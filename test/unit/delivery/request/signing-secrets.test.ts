import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSigningSecrets } from '../../../../server/src/delivery/request/signing-secrets.ts';
import { createSecretBox } from '../../../../server/src/services/webhooks/secret-box.ts';
import { generateSecret } from '../../../../server/src/services/webhooks/generate-secret.ts';

const box = createSecretBox(randomBytes(32));
const [newest, older, oldest] = ['whsec_newest00', 'whsec_older000', 'whsec_oldest00'] as const;
const id = 'wh_000000000001';

const rotatedTwice = {
  id,
  secret: box.seal(newest),
  previousSecrets: [
    { sealed: box.seal(older), until: 2_000 },
    { sealed: box.seal(oldest), until: 1_000 },
  ],
};

const texts = (secrets: ReturnType<ReturnType<typeof createSigningSecrets>>['secrets']) =>
  secrets.map((secret) => (secret.kind === 'hmac' ? secret.text : 'private key'));

describe('the secrets in force', () => {
  const secretsAt = createSigningSecrets(rotatedTwice, box);

  it('are all until their overlaps end, newest first', () => {
    expect(texts(secretsAt(0).secrets)).toEqual([newest, older, oldest]);
    expect(texts(secretsAt(999).secrets)).toEqual([newest, older, oldest]);
    expect(texts(secretsAt(1_000).secrets)).toEqual([newest, older]);
    expect(texts(secretsAt(2_000).secrets)).toEqual([newest]);
  });

  it('are proven with the oldest where there is room for one proof', () => {
    expect(secretsAt(0).proof().text).toBe(oldest);
    expect(secretsAt(1_000).proof().text).toBe(older);
    expect(secretsAt(2_000).proof().text).toBe(newest);
  });

  it('never give a private key away as a proof', () => {
    const { secret: privateKey } = generateSecret('ed25519');
    const changed = {
      id,
      secret: box.seal(newest),
      previousSecrets: [{ sealed: box.seal(privateKey), until: 1_000 }],
    };
    const { secrets, proof } = createSigningSecrets(changed, box)(0);
    expect(texts(secrets)).toEqual([newest, 'private key']);
    expect(proof().text).toBe(newest);
    const onlyPrivate = createSigningSecrets({ id, secret: box.seal(privateKey), previousSecrets: [] }, box);
    expect(() => onlyPrivate(0).proof()).toThrow('wh_000000000001 has no shared secret');
  });

  it('do not need one that is over, should no key open it any more', () => {
    const strange = createSecretBox(randomBytes(32)).seal(older);
    const webhook = { id, secret: box.seal(newest), previousSecrets: [{ sealed: strange, until: 1_000 }] };
    const secretsAt = createSigningSecrets(webhook, box);
    expect(texts(secretsAt(1_000).secrets)).toEqual([newest]);
    expect(() => secretsAt(999)).toThrow('was sealed with key');
  });
});
