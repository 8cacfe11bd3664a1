import { safeVerify } from '@tocsin/client/receiver';
import type { VerificationErrorCode, VerifyOptions, WebhookRequest } from '@tocsin/client/receiver';
import { signAuthforge, signedContent, signStandard } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';

const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const at = 1_775_835_000;
const now = () => at * 1000;
const body =
  '{"type":"user.login","event":"user.login","timestamp":"2026-04-10T15:30:00.000Z",' +
  '"data":{"userId":"u","username":"n","ip":"i","hwid":"h","appId":"a"}}';

async function codeOf(headers: object, options: object): Promise<VerificationErrorCode | 'verified'> {
  const result = await safeVerify({ body, headers } as WebhookRequest, { now, ...options } as VerifyOptions);
  return result.ok ? 'verified' : result.error.code;
}

/** The headers of a `standard` request, with this text in place of its signatures. */
function standardHeaders(signatures: string, timestamp: number | string = at) {
  return { 'webhook-id': 'evt_1', 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures };
}

describe('a part of a signature', () => {
  it('does not verify in standard, however long it is', async () => {
    const signature = await signStandard(secret, { id: 'evt_1', timestamp: at, body });
    for (let length = 1; length < signature.length; length++) {
      const code = await codeOf(standardHeaders(signature.slice(0, length)), { secret });
      expect([length, code]).toEqual([length, 'SIGNATURE_MISMATCH']);
    }
    expect(await codeOf(standardHeaders(signature), { secret })).toBe('verified');
  });

  it('does not verify in authforge, however long it is', async () => {
    const signature = await signAuthforge(secret, body);
    for (let length = 1; length < signature.length; length++) {
      const code = await codeOf(
        { 'x-authforge-signature': signature.slice(0, length) },
        { secret, profile: 'authforge' },
      );
      expect([length, code]).toEqual([length, 'SIGNATURE_MISMATCH']);
    }
  });

  it('does not verify in authon, however long it is', async () => {
    for (let length = 1; length < secret.length; length++) {
      const code = await codeOf(
        { 'x-webhook-secret': secret.slice(0, length) },
        { secret, profile: 'authon' },
      );
      expect([length, code]).toEqual([length, 'SIGNATURE_MISMATCH']);
    }
  });

  it('does not verify with text after it', async () => {
    const signature = await signStandard(secret, { id: 'evt_1', timestamp: at, body });
    expect(await codeOf(standardHeaders(`${signature}=`), { secret })).toBe('SIGNATURE_MISMATCH');
    expect(await codeOf(standardHeaders(`${signature},x`), { secret })).toBe('SIGNATURE_MISMATCH');
    const code = await codeOf(
      { 'x-authforge-signature': `${await signAuthforge(secret, body)}0` },
      { secret, profile: 'authforge' },
    );
    expect(code).toBe('SIGNATURE_MISMATCH');
  });
});

describe('the header webhook-signature', () => {
  it.each([
    ['an empty entry before the signature', (signature: string) => ` ${signature}`],
    ['an empty entry after the signature', (signature: string) => `${signature} `],
    ['entries of versions that do not exist yet', (signature: string) => `v9,AAAA ${signature} v2,BBBB`],
    ['a wrong signature on each side', (signature: string) => `v1,AAAA ${signature} v1,BBBB`],
  ])('verifies with %s', async (_what, around) => {
    const signature = await signStandard(secret, { id: 'evt_1', timestamp: at, body });
    expect(await codeOf(standardHeaders(around(signature)), { secret })).toBe('verified');
  });

  it.each([[' '], ['  '], ['v1,'], ['v1, v1,'], ['v1a,']])(
    'of nothing but %j does not verify',
    async (signatures) => {
      expect(await codeOf(standardHeaders(signatures), { secret })).toBe('SIGNATURE_MISMATCH');
    },
  );

  it('does not verify when commas join its entries', async () => {
    const signature = await signStandard(secret, { id: 'evt_1', timestamp: at, body });
    expect(await codeOf(standardHeaders(`v1,AAAA,${signature}`), { secret })).toBe('SIGNATURE_MISMATCH');
  });
});

describe('an ed25519 signature', () => {
  const pair = crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);

  async function publicKey(): Promise<string> {
    const raw = await crypto.subtle.exportKey('raw', (await pair).publicKey);
    return `whpk_${Buffer.from(raw).toString('base64')}`;
  }

  async function signature(text = body): Promise<string> {
    const content = signedContent({ id: 'evt_1', timestamp: at, body: text });
    const bytes = await crypto.subtle.sign('Ed25519', (await pair).privateKey, content);
    return `v1a,${Buffer.from(bytes).toString('base64')}`;
  }

  const wrong = `v1a,${Buffer.alloc(64, 1).toString('base64')}`;
  const codeFor = async (signatures: string) =>
    codeOf(standardHeaders(signatures), { secret: await publicKey() });

  it('verifies as the eighth v1a entry, and is ignored as the ninth', async () => {
    const right = await signature();
    expect(await codeFor(`${`${wrong} `.repeat(7)}${right}`)).toBe('verified');
    expect(await codeFor(`${`${wrong} `.repeat(8)}${right}`)).toBe('SIGNATURE_MISMATCH');
  });

  it('verifies after any number of entries of other versions', async () => {
    expect(await codeFor(`${'v1,AAAA '.repeat(20)}${await signature()}`)).toBe('verified');
  });

  it.each([
    ['of another body', () => signature(`${body} `)],
    ['under the version v1', async () => (await signature()).replace('v1a,', 'v1,')],
    ['without its version', async () => (await signature()).slice(4)],
    ['with a comma and junk after it', async () => `${await signature()},junk`],
    ['with junk after its base64', async () => `${await signature()}!`],
    ['that lacks its last byte', async () => (await signature()).slice(0, -3)],
    ['that is empty', () => Promise.resolve('v1a,')],
  ])('%s does not verify', async (_what, make) => {
    expect(await codeFor(await make())).toBe('SIGNATURE_MISMATCH');
  });

  it.each([31, 33, 64])('does not verify with a public key of %i bytes', async (length) => {
    const key = `whpk_${Buffer.alloc(length, 1).toString('base64')}`;
    expect(await codeOf(standardHeaders(await signature()), { secret: key })).toBe('SECRET_INVALID');
  });

  it('does not verify with a public key that is not base64', async () => {
    expect(await codeOf(standardHeaders(await signature()), { secret: 'whpk_***' })).toBe('SECRET_INVALID');
  });
});

describe('the header webhook-timestamp', () => {
  it.each([
    ['1775835000 ', 'HEADER_INVALID'],
    [' 1775835000', 'HEADER_INVALID'],
    ['1775835000s', 'HEADER_INVALID'],
    ['+1775835000', 'HEADER_INVALID'],
    ['1775835000123', 'HEADER_INVALID'], // 13 digits: milliseconds
    ['177583500012', 'SIGNATURE_MISMATCH'], // 12 digits are well formed
    ['1', 'SIGNATURE_MISMATCH'],
  ])('%j results in %s', async (timestamp, code) => {
    const signature = await signStandard(secret, { id: 'evt_1', timestamp: at, body });
    expect(await codeOf(standardHeaders(signature, timestamp), { secret })).toBe(code);
  });

  it.each([
    [undefined, 300, 'verified'],
    [undefined, 301, 'TIMESTAMP_TOO_OLD'],
    [undefined, -300, 'verified'],
    [undefined, -301, 'TIMESTAMP_TOO_NEW'],
    [10, 10, 'verified'],
    [10, 11, 'TIMESTAMP_TOO_OLD'],
    [10, -10, 'verified'],
    [10, -11, 'TIMESTAMP_TOO_NEW'],
    [0, 0, 'verified'],
    [0, 1, 'TIMESTAMP_TOO_OLD'],
    [Infinity, 1_000_000_000, 'verified'],
    [-1, 0, 'TIMESTAMP_TOO_OLD'],
  ])('with the tolerance %j and an age of %i s results in %s', async (tolerance, age, code) => {
    const timestamp = at - age;
    const signature = await signStandard(secret, { id: 'evt_1', timestamp, body });
    expect(await codeOf(standardHeaders(signature, timestamp), { secret, tolerance })).toBe(code);
  });

  it('is compared with Date.now by default', async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const codeAt = async (timestamp: number) => {
      const signature = await signStandard(secret, { id: 'evt_1', timestamp, body });
      return codeOf(standardHeaders(signature, timestamp), { secret, now: undefined });
    };
    expect(await codeAt(seconds)).toBe('verified');
    expect(await codeAt(seconds - 400)).toBe('TIMESTAMP_TOO_OLD');
    expect(await codeAt(seconds + 400)).toBe('TIMESTAMP_TOO_NEW');
  });
});

describe('several secrets', () => {
  const others = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'];
  /** The right secret at each index among others, as before, during and after a rotation. */
  const places = [0, 1, 2].map((place) => others.toSpliced(place, 0, secret));

  const proofs = {
    standard: async () => standardHeaders(await signStandard(secret, { id: 'evt_1', timestamp: at, body })),
    authforge: async () => ({ 'x-authforge-signature': await signAuthforge(secret, body) }),
    authon: () => Promise.resolve({ 'x-webhook-secret': secret }),
  };

  describe.each(Object.entries(proofs))('in the profile %s', (profile, headers) => {
    it('verify a request that any one of them signed, at any index', async () => {
      for (const secrets of places) {
        expect(await codeOf(await headers(), { profile, secrets })).toBe('verified');
      }
    });

    it('do not verify a request that none of them signed', async () => {
      expect(await codeOf(await headers(), { profile, secrets: others })).toBe('SIGNATURE_MISMATCH');
    });

    it('are rejected when one of them is unusable, also after one that matches', async () => {
      for (const secrets of [
        [secret, ''],
        ['', secret],
        [secret, `${secret}\n`],
      ]) {
        expect(await codeOf(await headers(), { profile, secrets })).toBe('SECRET_INVALID');
      }
    });
  });
});
