import { createPublicKey, randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { createSigningSecrets } from '../../../../server/src/delivery/request/signing-secrets.ts';
import { HmacKey } from '../../../../server/src/delivery/request/signing/hmac-key.ts';
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

  it('are the same object for as long as there is one secret', () => {
    expect(secretsAt(2_000)).toBe(secretsAt(3_000));
  });

  it('are decrypted for their webhook and their field', () => {
    const decrypt = vi.fn(box.decrypt);
    createSigningSecrets(rotatedTwice, { decrypt })(0);
    expect(decrypt.mock.calls.map(([, place]) => place)).toEqual([
      { webhookId: id, field: 'secret' },
      before,
      before,
    ]);
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

  // RFC 8032, section 7.1, test 1.
  it.each([
    ['the seed alone', ''],
    ['the seed and the public key', 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'],
  ])('have the private key of the RFC, from %s', (_name, publicHalf) => {
    const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
    const text = `whsk_${Buffer.from(seed + publicHalf, 'hex').toString('base64')}`;
    const webhook = { id, secret: text, previousSecrets: [] };
    const [only] = createSigningSecrets(webhook, { decrypt: (sealed) => sealed })(0).secrets;
    if (only?.kind !== 'ed25519') throw new Error('it is not a private key');
    const { x } = createPublicKey(only.privateKey).export({ format: 'jwk' });
    expect(x).toBe('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo');
  });

  it('sign with the bytes after the prefix, and with the whole text', () => {
    const sharedOf = (text: string) =>
      createSigningSecrets(
        { id, secret: text, previousSecrets: [] },
        { decrypt: (sealed) => sealed },
      )(0).getSharedSecret();
    const bytes = Buffer.from('one key');
    const plain = sharedOf(`whsec_${bytes.toString('base64')}`);
    expect(plain.decodedKey.sign('a', 'hex')).toBe(new HmacKey(bytes).sign('a', 'hex'));
    // Only a prefix at the start is ours.
    const inside = 'AAAAwhsec_BBBB';
    expect(sharedOf(inside).decodedKey.sign('a', 'hex')).toBe(
      new HmacKey(Buffer.from(inside, 'base64')).sign('a', 'hex'),
    );
    expect(sharedOf(inside).textKey.sign('a', 'hex')).toBe(new HmacKey(Buffer.from(inside)).sign('a', 'hex'));
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
