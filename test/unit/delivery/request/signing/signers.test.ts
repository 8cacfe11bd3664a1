import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signAuthforge, signStandard } from '@tocsin/shared';
import { authforgeSigner } from '../../../../../server/src/delivery/request/signing/authforge.ts';
import { authonSigner } from '../../../../../server/src/delivery/request/signing/authon.ts';
import { HmacKey } from '../../../../../server/src/delivery/request/signing/hmac-key.ts';
import { standardSigner } from '../../../../../server/src/delivery/request/signing/standard.ts';
import { anEvent } from '../../../../support/builders.ts';

const text = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const secret = {
  kind: 'hmac',
  text,
  textKey: new HmacKey(Buffer.from(text, 'utf8')),
  decodedKey: new HmacKey(Buffer.from(text.slice(6), 'base64')),
} as const;

const activeSecrets = { secrets: [secret], getSharedSecret: () => secret };

const event = anEvent({
  id: 'evt_01hzy3v9k2m4n6p8q0r2s4t600',
  type: 'license.validated',
  timestamp: '2026-04-10T15:30:00.000Z',
  dataText:
    '{"licenseKey":"A3K9-BFWX-7NP2-QHDT","appId":"550e8400-e29b-41d4-a716-446655440000","status":"active","hwid":"a1b2c3d4e5f6"}',
});
const attemptAt = Date.parse('2026-04-10T15:31:02.999Z');

describe('the profile authforge', () => {
  const { body, headers } = authforgeSigner({ event, ...activeSecrets, attemptAt });

  it("agrees with the wire contract's test vector, body and signature", () => {
    expect(Buffer.byteLength(body)).toBe(199);
    expect(body).toBe(
      '{"event":"license.validated","timestamp":"2026-04-10T15:30:00.000Z","data":{"licenseKey":"A3K9-BFWX-7NP2-QHDT",' +
        '"appId":"550e8400-e29b-41d4-a716-446655440000","status":"active","hwid":"a1b2c3d4e5f6"}}',
    );
    expect(headers['x-authforge-signature']).toBe(
      'sha256=8068121cada12450c4259daa2dfc663eda2b35a0ffc713f7df7812af46f418d4',
    );
  });

  it('has exactly its headers, with the timestamp of the body', () => {
    expect(headers).toEqual({
      'content-type': 'application/json',
      'x-authforge-event': 'license.validated',
      'x-authforge-timestamp': '2026-04-10T15:30:00.000Z',
      'x-authforge-signature': expect.any(String) as unknown,
      'user-agent': 'Tocsin-Webhook/1.0',
      'webhook-id': event.id,
    });
  });

  it('is the same on every attempt, with the signature of the published client', async () => {
    expect(authforgeSigner({ event, ...activeSecrets, attemptAt: attemptAt + 60_000 })).toEqual({
      body,
      headers,
    });
    expect(await signAuthforge(text, body)).toBe(headers['x-authforge-signature']);
  });

  it('never contains the secret', () => {
    expect(JSON.stringify({ body, headers })).not.toContain(text.slice(6));
  });
});

describe('the profile authon', () => {
  it('has exactly its headers, with the secret itself', () => {
    const { body, headers } = authonSigner({ event, ...activeSecrets, attemptAt });
    expect(body).toBe(authforgeSigner({ event, ...activeSecrets, attemptAt }).body);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'x-webhook-secret': text,
      'x-webhook-event': 'license.validated',
      'user-agent': 'Authon-Webhook/1.0',
      'webhook-id': event.id,
    });
  });
});

describe('the profile standard', () => {
  it('has the same body on every attempt, and a new timestamp and signature', async () => {
    const first = standardSigner({ event, ...activeSecrets, attemptAt });
    const second = standardSigner({ event, ...activeSecrets, attemptAt: attemptAt + 5_000 });
    expect(first.body).toBe(
      `{"type":"license.validated","timestamp":"${event.timestamp}","data":${event.dataText}}`,
    );
    expect(second.body).toBe(first.body);
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect([first, second].map(({ headers }) => headers['webhook-timestamp'])).toEqual([
      '1775835062',
      '1775835067',
    ]);
    expect(second.headers['webhook-signature']).not.toBe(first.headers['webhook-signature']);
    const message = { id: event.id, timestamp: 1_775_835_062, body: first.body };
    expect(first.headers['webhook-signature']).toBe(await signStandard(text, message));
    expect(JSON.stringify(first)).not.toContain(text.slice(6));
  });

  it('is accepted by the reference implementation', () => {
    const { body, headers } = standardSigner({ event, ...activeSecrets, attemptAt: Date.now() });
    expect(new Webhook(text).verify(body, headers)).toMatchObject({ type: 'license.validated' });
  });
});
