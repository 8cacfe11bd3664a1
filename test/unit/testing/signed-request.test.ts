import { safeVerify, verify, type SigningProfile } from '@tocsin/client/receiver';
import {
  createSecret,
  createSigner,
  signedMessage,
  signedRequest,
  type SigningOptions,
} from '@tocsin/testing';
import { describe, expect, it } from 'vitest';
import { acme, type Acme } from '../../types/acme.ts';

const { secret } = createSecret();
const data = { licenseKey: 'key-1', status: 'revoked' as const };
const sign = (options: Partial<SigningOptions> = {}) =>
  signedRequest('license.revoked', data, { secret, ...options });

async function failure(request: Request, profile: SigningProfile = 'standard'): Promise<string> {
  const result = await safeVerify(request, { secret, profile });
  return result.ok ? 'verified' : result.error.code;
}

describe('a signed request', () => {
  it.each(['authon', 'authforge', 'standard'] as const)('is verified in the profile %s', async (profile) => {
    const event = await verify(sign({ profile, id: 'evt_1' }), { secret, profile });
    expect(event).toMatchObject({
      type: 'license.revoked',
      id: 'evt_1',
      data: { appId: 'app_test', ...data },
    });
  });

  it('is verified by the public key of an ed25519 secret', async () => {
    const pair = createSecret('ed25519');
    const publicKey = pair.publicKey ?? '';
    expect(await verify(sign({ secret: pair.secret }), { secret: publicKey })).toMatchObject({
      type: 'license.revoked',
    });
  });

  it('has the fields of a built-in event in the order of the contract', () => {
    const { body } = signedMessage('license.revoked', { status: 'revoked', licenseKey: 'k' }, { secret });
    expect(Object.keys((JSON.parse(body) as { data: object }).data)).toEqual([
      'licenseKey',
      'appId',
      'status',
    ]);
  });

  it('is rejected when it is stale', async () => {
    expect(await failure(sign({ stale: true }))).toBe('TIMESTAMP_TOO_OLD');
    expect(await failure(sign({ stale: '4m' }))).toBe('verified');
  });

  it.each(['body', 'signature', 'id', 'timestamp'] as const)('is rejected with another %s', async (part) => {
    expect(await failure(sign({ tampered: part }))).toBe('SIGNATURE_MISMATCH');
  });

  it.each(['authforge', 'authon'] as const)('is rejected with another signature in %s', async (profile) => {
    expect(await failure(sign({ tampered: 'signature', profile }), profile)).toBe('SIGNATURE_MISMATCH');
  });

  it('is rejected with another secret', async () => {
    expect(await failure(sign({ wrongSecret: true }))).toBe('SIGNATURE_MISMATCH');
  });

  it('is verified with either secret during a rotation', async () => {
    const newer = createSecret().secret;
    const request = sign({ secret: newer, previousSecrets: [secret] });
    expect(await failure(request.clone())).toBe('verified');
    expect((await safeVerify(request, { secret: newer })).ok).toBe(true);
    const authforge = sign({ secret: newer, previousSecrets: [secret], profile: 'authforge' });
    expect(await failure(authforge, 'authforge')).toBe('verified');
  });

  it('rejects a secret that cannot sign, and names no secret', () => {
    const { publicKey } = createSecret('ed25519');
    expect(() => sign({ secret: publicKey ?? '' })).toThrow(
      'secret must begin with whsec_ or whsk_; it is a public key, which cannot sign',
    );
    expect(() => sign({ secret: 'hunter2' })).toThrow('it is something else');
    expect(() => sign({ profile: 'github' as 'standard' })).toThrow(
      'profile must be authon, authforge, standard, not "github"',
    );
  });
});

describe('a signer', () => {
  it('signs the events of a map with its secret, and takes options for one request', async () => {
    interface Orders {
      'order.paid': { readonly input: { readonly orderId: string }; readonly output: unknown };
    }
    const signer = createSigner<Orders>({ secret, id: 'evt_1' });
    const order = { orderId: 'ord_1' };
    const event = await verify(signer.request('order.paid', order), { secret });
    expect(event).toMatchObject({ type: 'unknown', eventType: 'order.paid', id: 'evt_1', data: order });
    expect(await failure(signer.request('order.paid', order, { stale: true }))).toBe('TIMESTAMP_TOO_OLD');
    const { body, headers } = signer.message('order.paid', order, { id: 'evt_2' });
    expect([headers['webhook-id'], JSON.parse(body)]).toMatchObject(['evt_2', { data: order }]);
  });

  it('checks the data by a catalog', () => {
    const signer = createSigner<Acme>({ secret, catalog: acme });
    expect(() => signer.request('invoice.line.added', { sku: 1 } as never)).toThrow('data.');
  });
});
