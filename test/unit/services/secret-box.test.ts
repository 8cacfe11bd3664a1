import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecretBox } from '../../../server/src/services/secret-box.ts';
import { newWebhookSecret } from '../../../server/src/services/webhook-secrets.ts';

describe('the secret box', () => {
  it('opens what it sealed', () => {
    const box = createSecretBox(randomBytes(32));
    fc.assert(
      fc.property(fc.string(), (secret) => {
        expect(box.open(box.seal(secret))).toBe(secret);
      }),
    );
  });

  it('seals the same secret differently each time, and hides it', () => {
    const box = createSecretBox(randomBytes(32));
    const { secret } = newWebhookSecret('hmac');
    const sealed = [box.seal(secret), box.seal(secret)];
    expect(sealed[0]).not.toBe(sealed[1]);
    expect(sealed.join()).not.toContain(secret);
  });

  it('opens nothing that was changed, cut, or sealed with another key', () => {
    const box = createSecretBox(randomBytes(32));
    const sealed = box.seal('whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c');
    const [version, keyId, text = ''] = sealed.split('.');
    const bytes = Buffer.from(text, 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(bytes.readUInt8(index) ^ 1, index);
      expect(() => box.open(`${version}.${keyId}.${changed.toString('base64url')}`)).toThrow(/authenticat/);
    }
    for (const other of [
      '',
      'v1',
      `v2.${keyId}.${text}`,
      `${version}.${keyId}`,
      `${version}.${keyId}.${text.slice(0, 20)}`,
    ]) {
      expect(() => box.open(other)).toThrow(/form|short|authenticat|sealed/i);
    }
    expect(() => createSecretBox(randomBytes(32)).open(sealed)).toThrow(/sealed with/);
  });
});

it('a new webhook secret is whsec_ and 32 hex digits, which are 24 bytes of base64', () => {
  const secrets = Array.from({ length: 100 }, () => newWebhookSecret('hmac').secret);
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) {
    expect(secret).toMatch(/^whsec_[0-9a-f]{32}$/);
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(24);
  }
});
