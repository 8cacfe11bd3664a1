import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOldFormSealer, createSecretBox } from '../../../../server/src/services/webhooks/secret-box.ts';
import { generateSecret } from '../../../../server/src/services/webhooks/generate-secret.ts';

const place = { webhookId: 'wh_000000000001', field: 'secret' } as const;

describe('the secret box', () => {
  it('decrypts what it encrypted', () => {
    const box = createSecretBox(randomBytes(32));
    fc.assert(
      fc.property(fc.string(), (secret) => {
        expect(box.decrypt(box.encrypt(secret, place), place)).toBe(secret);
      }),
    );
  });

  it('encrypts the same secret differently each time', () => {
    const box = createSecretBox(randomBytes(32));
    const { secret } = generateSecret('hmac');
    const sealed = [box.encrypt(secret, place), box.encrypt(secret, place)];
    expect(sealed[0]).not.toBe(sealed[1]);
    expect(sealed.join()).not.toContain(secret);
  });

  it('does not decrypt text that was changed, truncated, or encrypted with another key', () => {
    const box = createSecretBox(randomBytes(32));
    const sealed = box.encrypt('whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c', place);
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
      expect(() => box.decrypt(envelope, place)).toThrow(/authenticat/);
      expect(() => box.reseal(envelope, place)).toThrow(/authenticat/);
    }
    for (const changed of withOneBitChanged(text)) {
      expect(() => box.decrypt(`${version}.${keyId}.${dataKey}.${changed}`, place)).toThrow(/authenticat/);
    }
    for (const other of [
      '',
      'v1',
      'v2',
      `v1.${keyId}.${dataKey}.${text}`,
      `v1.${keyId}.${text}`,
      `v2.${keyId}.${dataKey}.${text}`,
      `v4.${keyId}.${dataKey}.${text}`,
      `v3.${keyId}`,
      `v3.${keyId}.${text}`,
      `${sealed}.${text}`,
      `${version}.${keyId}.${dataKey}.${text.slice(0, 20)}`,
      `${version}.${keyId}.${dataKey.slice(0, 20)}.${text}`,
    ]) {
      expect(() => box.decrypt(other, place)).toThrow(/form|short|authenticat|sealed/i);
    }
    expect(() => createSecretBox(randomBytes(32)).decrypt(sealed, place)).toThrow(/sealed with/);
  });

  it('rejects a stored text that is too short to hold a nonce and a whole tag', () => {
    const box = createSecretBox(randomBytes(32));
    const [version, keyId, dataKey, text] = box.encrypt('whsec_1', place).split('.');
    const short = (length: number) => Buffer.alloc(length, 1).toString('base64url');
    // A nonce has 12 bytes and a tag 16, so with fewer than 28 part of the nonce would be read as the tag.
    for (let length = 1; length < 28; length++) {
      expect(() => box.decrypt(`${version}.${keyId}.${short(length)}.${text}`, place)).toThrow(/too short/);
      expect(() => box.decrypt(`${version}.${keyId}.${dataKey}.${short(length)}`, place)).toThrow(
        /too short/,
      );
    }
    expect(() => box.decrypt(`${version}.${keyId}.${dataKey}.${short(28)}`, place)).toThrow(/authenticat/);
  });

  it('encrypts every secret with its own data key (envelope encryption)', () => {
    const box = createSecretBox(randomBytes(32));
    const [one = [], other = []] = [box.encrypt('whsec_1', place), box.encrypt('whsec_2', place)].map(
      (sealed) => sealed.split('.'),
    );
    expect(one[1]).toBe(other[1]);
    expect(() => box.decrypt([one[0], one[1], one[2], other[3]].join('.'), place)).toThrow(/authenticat/);
  });

  it('reseals by encrypting the data key again, so that the old key no longer decrypts the text', () => {
    const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
    const before = createSecretBox(oldKey).encrypt('whsec_kept', place);
    const box = createSecretBox(newKey, [oldKey]);
    expect(box.isCurrent(before)).toBe(false);
    const after = box.reseal(before, place);
    expect(box.isCurrent(after)).toBe(true);
    expect(after.split('.')[3]).toBe(before.split('.')[3]);
    expect(after.split('.')[2]).not.toBe(before.split('.')[2]);
    expect(createSecretBox(newKey).decrypt(after, place)).toBe('whsec_kept');
    expect(() => createSecretBox(oldKey).decrypt(after, place)).toThrow(/sealed with/);
  });

  it('decrypts and reseals nothing that was moved to another webhook, field or call', () => {
    const key = randomBytes(32);
    const box = createSecretBox(key);
    const sealed = box.encrypt('whsec_1', place);
    for (const other of [
      { ...place, webhookId: 'wh_000000000002' },
      { ...place, field: 'previousSecrets' },
      { ...place, field: 'url' },
      { ...place, field: 'headers' },
      { callId: place.webhookId, field: 'response' },
      { callId: 'another', field: 'response' },
    ] as const) {
      expect(() => box.decrypt(sealed, other)).toThrow(/authenticat/);
      expect(() => box.reseal(sealed, other)).toThrow(/authenticat/);
      // Neither half can be combined with a half that was sealed for the other place.
      const [, keyId, dataKey, text] = sealed.split('.');
      const [, , otherKey, otherText] = box.encrypt('whsec_2', other).split('.');
      expect(() => box.decrypt(`v3.${keyId}.${dataKey}.${otherText}`, other)).toThrow(/authenticat/);
      expect(() => box.decrypt(`v3.${keyId}.${otherKey}.${text}`, other)).toThrow(/authenticat/);
    }
  });
});

describe('the sealer of old forms', () => {
  // From previous versions, under a key of 32 bytes of 7.
  const key = Buffer.alloc(32, 7);
  const oldForms = [
    ['v1', 'v1.4bb06f8e.EbKROEvME7Sev4ITiBQ5VZH9kN4sDWWEn1OqBD6Hx4n7-Vjx6ovb3u5DLSym', 'whsec_from_before'],
    [
      'v2',
      'v2.4bb06f8e.VD2RSjVCppbhm2hFCr-kGSKWQm6QFEaAgsyxCkVG56jKXeCXkC5rLO8c7_CIZ0xd3vZ_9ERXYnkzf24M.Ghv0eLyDG76V9joTN_RbpotlAnTYCTIQzrmq40nWUUitO4_XgtY0Av8',
      'whsec_unbound',
    ],
  ] as const;

  it.each(oldForms)(
    'binds a secret in the form %s to its place, which the box alone rejects',
    (_, old, text) => {
      const box = createSecretBox(key);
      expect(() => box.decrypt(old, place)).toThrow('has the form of an older release');
      expect(() => box.reseal(old, place)).toThrow('has the form of an older release');
      expect(() => box.isCurrent(old)).toThrow('has the form of an older release');
      const sealer = createOldFormSealer(key);
      expect(sealer.isBound(old)).toBe(false);
      const bound = sealer.bind(old, place);
      expect(sealer.isBound(bound)).toBe(true);
      expect(box.decrypt(bound, place)).toBe(text);
      expect(() => box.decrypt(bound, { ...place, webhookId: 'wh_000000000002' })).toThrow(/authenticat/);
      expect(() => createOldFormSealer(randomBytes(32)).bind(old, place)).toThrow(/sealed with/);
    },
  );

  it('does not bind what already has the current form or no known one', () => {
    const sealer = createOldFormSealer(key);
    expect(() => sealer.bind(sealer.seal('whsec_1', place), place)).toThrow(/unknown format/);
    expect(() => sealer.bind('v2.4bb06f8e.AAAA', place)).toThrow(/unknown format/);
    expect(sealer.isBound({ 'x-a': '1' })).toBe(false);
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
