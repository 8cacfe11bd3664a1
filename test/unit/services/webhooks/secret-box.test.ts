import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecretBox } from '../../../../server/src/services/webhooks/secret-box.ts';
import { generateSecret } from '../../../../server/src/services/webhooks/generate-secret.ts';

describe('the secret box', () => {
  it('decrypts what it encrypted', () => {
    const box = createSecretBox(randomBytes(32));
    fc.assert(
      fc.property(fc.string(), (secret) => {
        expect(box.decrypt(box.encrypt(secret))).toBe(secret);
      }),
    );
  });

  it('encrypts the same secret differently each time', () => {
    const box = createSecretBox(randomBytes(32));
    const { secret } = generateSecret('hmac');
    const sealed = [box.encrypt(secret), box.encrypt(secret)];
    expect(sealed[0]).not.toBe(sealed[1]);
    expect(sealed.join()).not.toContain(secret);
  });

  it('does not decrypt text that was changed, truncated, or encrypted with another key', () => {
    const box = createSecretBox(randomBytes(32));
    const sealed = box.encrypt('whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c');
    const [version, keyId, dataKey = '', text = ''] = sealed.split('.');
    const withOneBitChanged = (part: string): string[] => {
      const bytes = Buffer.from(part, 'base64url');
      return [...bytes.keys()].map((index) => {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(bytes.readUInt8(index) ^ 1, index);
        return changed.toString('base64url');
      });
    };
    for (const changed of withOneBitChanged(dataKey)) {
      const envelope = `${version}.${keyId}.${changed}.${text}`;
      expect(() => box.decrypt(envelope)).toThrow(/authenticat/);
      expect(() => box.reseal(envelope)).toThrow(/authenticat/);
    }
    for (const changed of withOneBitChanged(text)) {
      expect(() => box.decrypt(`${version}.${keyId}.${dataKey}.${changed}`)).toThrow(/authenticat/);
    }
    for (const other of [
      '',
      'v1',
      'v2',
      `v1.${keyId}.${dataKey}.${text}`,
      `v1.${keyId}.${text}`,
      `v3.${keyId}.${dataKey}.${text}`,
      `v2.${keyId}`,
      `v2.${keyId}.${text}`,
      `${sealed}.${text}`,
      `${version}.${keyId}.${dataKey}.${text.slice(0, 20)}`,
      `${version}.${keyId}.${dataKey.slice(0, 20)}.${text}`,
    ]) {
      expect(() => box.decrypt(other)).toThrow(/format|short|authenticat|sealed/i);
    }
    expect(() => createSecretBox(randomBytes(32)).decrypt(sealed)).toThrow(/sealed with/);
  });

  it('rejects a stored text that is too short to hold a nonce and a whole tag', () => {
    const box = createSecretBox(randomBytes(32));
    const [version, keyId, dataKey, text] = box.encrypt('whsec_1').split('.');
    const short = (length: number) => Buffer.alloc(length, 1).toString('base64url');
    // A nonce has 12 bytes and a tag 16, so with fewer than 28 part of the nonce would be read as the tag.
    for (let length = 1; length < 28; length++) {
      expect(() => box.decrypt(`${version}.${keyId}.${short(length)}.${text}`)).toThrow(/too short/);
      expect(() => box.decrypt(`${version}.${keyId}.${dataKey}.${short(length)}`)).toThrow(/too short/);
      expect(() => box.decrypt(`v1.${keyId}.${short(length)}`)).toThrow(/too short/);
    }
    expect(() => box.decrypt(`${version}.${keyId}.${dataKey}.${short(28)}`)).toThrow(/authenticat/);
  });

  it('encrypts every secret with its own data key (envelope encryption)', () => {
    const box = createSecretBox(randomBytes(32));
    const [one = [], other = []] = [box.encrypt('whsec_1'), box.encrypt('whsec_2')].map((sealed) =>
      sealed.split('.'),
    );
    expect(one[1]).toBe(other[1]);
    expect(() => box.decrypt([one[0], one[1], one[2], other[3]].join('.'))).toThrow(/authenticat/);
  });

  it('reseals by encrypting the data key again, so that the old key no longer decrypts the text', () => {
    const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
    const before = createSecretBox(oldKey).encrypt('whsec_kept');
    const box = createSecretBox(newKey, [oldKey]);
    expect(box.isCurrent(before)).toBe(false);
    const after = box.reseal(before);
    expect(box.isCurrent(after)).toBe(true);
    expect(after.split('.')[3]).toBe(before.split('.')[3]);
    expect(after.split('.')[2]).not.toBe(before.split('.')[2]);
    expect(createSecretBox(newKey).decrypt(after)).toBe('whsec_kept');
    expect(() => createSecretBox(oldKey).decrypt(after)).toThrow(/sealed with/);
  });

  it('decrypts text stored before envelope encryption, and reseals it into an envelope', () => {
    // From the previous version: AES-256-GCM directly under the key, which is 32 bytes of 7.
    const key = Buffer.alloc(32, 7);
    const old = 'v1.4bb06f8e.EbKROEvME7Sev4ITiBQ5VZH9kN4sDWWEn1OqBD6Hx4n7-Vjx6ovb3u5DLSym';
    const box = createSecretBox(key);
    expect(box.decrypt(old)).toBe('whsec_from_before');
    expect(box.isCurrent(old)).toBe(false);
    const after = box.reseal(old);
    expect(after).toMatch(/^v2\./);
    expect(box.isCurrent(after)).toBe(true);
    expect(box.decrypt(after)).toBe('whsec_from_before');
    expect(() => createSecretBox(randomBytes(32)).decrypt(old)).toThrow(/sealed with/);
  });
});

it('a new webhook secret is whsec_ and 32 hex digits, which are 24 bytes of base64', () => {
  const secrets = Array.from({ length: 100 }, () => generateSecret('hmac').secret);
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) {
    expect(secret).toMatch(/^whsec_[0-9a-f]{32}$/);
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(24);
  }
});
