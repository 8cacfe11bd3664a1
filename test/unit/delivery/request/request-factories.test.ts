import { describe, expect, it } from 'vitest';
import type { SigningProfile } from '@tocsin/shared';
import { getLimits } from '../../../../server/src/delivery/request/limits.ts';
import { renderPreview } from '../../../../server/src/delivery/request/preview-body.ts';
import { createRequestFactories } from '../../../../server/src/delivery/request/request-factories.ts';
import { createSigningSecrets } from '../../../../server/src/delivery/request/signing-secrets.ts';
import { isProvenBy } from '../../../../server/src/delivery/request/signing/verify-request.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import type { SendResult } from '../../../../server/src/domain/send-result.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { generateSecret } from '../../../../server/src/services/webhooks/generate-secret.ts';
import { anEvent, aWebhook } from '../../../support/builders.ts';

const at = Date.parse('2026-01-01T00:00:00.000Z');
const secret = 'whsec_0123456789abcdef0123456789abcdef';
const slack = 'https://hooks.slack.com/services/T1/B2/abcdefghijklmnop';
const box = { decrypt: (sealed: string) => sealed };
const applied: SendResult[] = [];
const limiter = { isBusy: false, notBefore: 0 };
const service = { pausedUntil: 0, reserveStart: () => 0, start: () => {} };
const limitedUrls: [string, string][] = [];

const factoryOf = createRequestFactories({
  secretBox: box,
  destinationLimits: {
    getWebhookLimits: (_destination, url, accountId) => {
      limitedUrls.push([url.href, accountId]);
      return { limiter, service, apply: (result) => applied.push(result) > 0 };
    },
  },
  publicHost: 'hooks.acme.test',
  marker: 'ins_1; depth=1',
});

function requestOf(change: Partial<Webhook>, event: Partial<AcceptedEvent> = {}) {
  const webhook = aWebhook({ secret, ...change });
  return factoryOf(webhook).createRequest(anEvent(event), at, 700);
}

function answered(reply: string): SendResult {
  return { kind: 'answered', statusCode: 500, reply, headers: {}, retryAfter: undefined, durationMs: 1 };
}

describe('the request of a webhook', () => {
  it('goes to the path and query of the URL, in the name of the account of the event', () => {
    const url = 'https://example.com:8443/hooks/1?key=a%20b&x';
    expect(requestOf({ url }, { accountId: 'acc_b' })).toMatchObject({
      accountId: 'acc_b',
      origin: 'https://example.com:8443',
      path: '/hooks/1?key=a%20b&x',
      deadlineMs: 700,
      clientCertificate: undefined,
    });
  });

  it('has custom headers, which replace none of its own', () => {
    const headers = JSON.stringify({
      'x-region': 'eu',
      'webhook-id': 'forged',
      'x-tocsin-delivery': 'forged',
      traceparent: 'forged',
    });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const event = anEvent({ traceparent });
    expect(requestOf({ headers }, event).headers).toMatchObject({
      'x-region': 'eu',
      'webhook-id': event.id,
      'x-tocsin-delivery': 'ins_1; depth=1',
      traceparent,
    });
  });

  it('says that it is a sample, and only then', () => {
    expect(requestOf({}, { isSample: true }).headers).toMatchObject({ 'x-tocsin-sample': 'true' });
    expect(requestOf({}).headers).not.toHaveProperty('x-tocsin-sample');
    expect(requestOf({}).headers).not.toHaveProperty('traceparent');
  });

  it('has the client certificate, with an id that changes with either part', () => {
    const certified = (certificate: string, privateKey: string) => {
      const sealed = JSON.stringify({ certificate, privateKey });
      const clientCertificate = { sealed, subject: 'CN=a', expiresAt: 0, fingerprint: 'AB' };
      return requestOf({ clientCertificate }).clientCertificate;
    };
    expect(certified('cert', 'key')).toMatchObject({ certificate: 'cert', privateKey: 'key' });
    const ids = [certified('cert', 'key'), certified('cert2', 'key'), certified('cert', 'key2')];
    expect(new Set(ids.map((one) => one?.id)).size).toBe(3);
    expect(certified('cert', 'key')?.id).toBe(ids[0]?.id);
  });

  it('is not limited but by its webhook', () => {
    expect(factoryOf(aWebhook({ rateLimit: 5 }))).toMatchObject({
      format: 'json',
      limits: { perSecond: 5, maxInFlight: null, limiter: undefined },
    });
  });

  it('is created by one factory as long as its webhook does not change', () => {
    const webhook = aWebhook({ secret });
    expect(factoryOf(webhook)).toBe(factoryOf(webhook));
    expect(factoryOf({ ...webhook })).not.toBe(factoryOf(webhook));
  });
});

describe('the reply to a signed request', () => {
  const previous = 'whsec_5a7b9cd1e3f24680a1c3e5f792b4d6e8';
  const webhook = aWebhook({
    secret,
    url: 'https://example.com/hooks?key=0123-url-credential',
    headers: '{"authorization":"Bearer header-credential-1"}',
    previousSecrets: [{ sealed: previous, until: at + 1_000 }],
  });
  /** A new factory each time, which has redacted no reply before. */
  const redact = (reply: string, time = at) => factoryOf({ ...webhook }).redact(answered(reply), time);

  it.each([secret, previous, '0123-url-credential', 'Bearer header-credential-1', 'header-credential-1'])(
    'is stored without %s',
    (credential) => {
      expect(redact(`got "${credential}"`)).toEqual(answered('got "[removed]"'));
    },
  );

  it('keeps a secret that has ended, which proves nothing any more', () => {
    expect(redact(`got ${previous}`, at + 1_000)).toEqual(answered(`got ${previous}`));
    expect(redact(`got ${secret}`, at + 2_000)).toEqual(answered('got [removed]'));
  });

  it('is stored without a secret until that ends, also if others come before', () => {
    const factory = factoryOf({ ...webhook });
    expect(factory.redact(answered(`got ${previous}`), at)).toEqual(answered('got [removed]'));
    expect(factory.redact(answered(`got ${previous}`), at + 1_000)).toEqual(answered(`got ${previous}`));
    expect(factory.redact(answered(`got ${secret}`), at + 1_000)).toEqual(answered('got [removed]'));
  });

  it('is stored without the credential of a header that is short, with and without its scheme', () => {
    const redactBasic = (reply: string) =>
      factoryOf(aWebhook({ secret, headers: '{"authorization":"Basic a.b!c?d/"}' })).redact(
        answered(reply),
        at,
      );
    expect(redactBasic('got a.b!c?d/')).toEqual(answered('got [removed]'));
    expect(redactBasic('got Basic a.b!c?d/')).toEqual(answered('got [removed]'));
  });

  it('has no text of a private key, which is never sent', () => {
    const { secret: privateKey } = generateSecret('ed25519');
    const signed = factoryOf(aWebhook({ secret: privateKey }));
    expect(signed.redact(answered('a fine reply'), at)).toEqual(answered('a fine reply'));
  });

  it('is kept as it is without a credential, and so is a failure', () => {
    const fine = answered('fine');
    expect(factoryOf({ ...webhook }).redact(fine, at)).toBe(fine);
    const failure: SendResult = { kind: 'unanswered', reason: 'timeout', detail: secret, durationMs: 1 };
    expect(factoryOf({ ...webhook }).redact(failure, at)).toBe(failure);
  });
});

describe('a request to a chat service', () => {
  it('has the message, and neither secret, signature nor custom headers', () => {
    const request = requestOf({ format: 'auto', url: `${slack}?x=1`, headers: '{"x-region":"eu"}' });
    expect(request).toMatchObject({
      accountId: 'acc_a',
      origin: 'https://hooks.slack.com',
      path: '/services/T1/B2/abcdefghijklmnop?x=1',
      deadlineMs: 700,
    });
    expect(Object.keys(request.headers).sort()).toEqual(['content-type', 'user-agent']);
    expect(request.body).toContain('User logged in');
  });

  it('is made one at a time, within the limits of its service', () => {
    const factory = factoryOf(aWebhook({ format: 'slack', url: slack, rateLimit: 2 }));
    expect(factory.format).toBe('slack');
    expect(factory.limits).toEqual({ perSecond: 2, maxInFlight: 1, limiter, service });
    expect(limitedUrls.at(-1)).toEqual([slack, 'acc_a']);
    expect(factory.applyLimits?.(answered('slow down'), at)).toBe(true);
    expect(applied).toEqual([answered('slow down')]);
  });

  it('has a reply without the token of its URL', () => {
    const factory = factoryOf(aWebhook({ format: 'slack', url: slack }));
    expect(factory.redact(answered('no hook abcdefghijklmnop'), at)).toEqual(answered('no hook [removed]'));
  });

  it('is made for the format of its webhook, whatever the URL is', () => {
    expect(JSON.parse(requestOf({ format: 'json', url: slack }).body)).toMatchObject({ type: 'user.login' });
    expect(JSON.parse(requestOf({ format: 'discord' }).body)).toHaveProperty('embeds');
  });
});

it('limits a webhook whose secret no key decrypts by its own rate', () => {
  const fail = () => {
    throw new Error('no key decrypts it');
  };
  expect(getLimits(aWebhook({ rateLimit: 3 }), fail)).toEqual({
    perSecond: 3,
    maxInFlight: null,
    limiter: undefined,
  });
});

describe('a preview', () => {
  it.each([
    ['json', 'standard'],
    ['json', 'authon'],
    ['json', 'authforge'],
    ['slack', 'standard'],
    ['teams', 'standard'],
  ] as const)('in %s with the profile %s is the body of a delivery', (format, profile) => {
    const event = anEvent();
    expect(renderPreview(event, format, profile)).toBe(requestOf({ format, profile }, event).body);
  });
});

describe('a signed request', () => {
  function sign(profile: SigningProfile, change: Partial<Webhook> = {}) {
    const previousSecrets = [{ sealed: 'whsec_5a7b9cd1e3f24680a1c3e5f792b4d6e8', until: at + 1_000 }];
    const webhook = aWebhook({ secret, profile, previousSecrets, ...change });
    const request = factoryOf(webhook).createRequest(anEvent(), at, 700);
    return { request, secrets: createSigningSecrets(webhook, box)(at).secrets };
  }

  const profiles = ['standard', 'authon', 'authforge'] as const;

  it.each(profiles)('of the profile %s is proven by its secrets, and by no other', (profile) => {
    const { request, secrets } = sign(profile);
    expect(isProvenBy(secrets, profile, request)).toBe(true);
    const another = sign(profile, { secret: 'whsec_00000000000000000000000000000000', previousSecrets: [] });
    expect(isProvenBy(another.secrets, profile, request)).toBe(false);
    expect(isProvenBy([], profile, request)).toBe(false);
    expect(isProvenBy(secrets, profile, { ...request, headers: {} })).toBe(false);
  });

  it.each(profiles)('of the profile %s is proven by a private key only if one can sign it', (profile) => {
    const { request } = sign(profile);
    const signed = sign(profile, { secret: generateSecret('ed25519').secret });
    const privateKey = signed.secrets.slice(0, 1);
    expect(isProvenBy(privateKey, profile, request)).toBe(false);
    expect(isProvenBy(privateKey, profile, signed.request)).toBe(profile === 'standard');
    expect(isProvenBy(privateKey, profile, { ...signed.request, body: '{}' })).toBe(false);
  });

  it.each([
    ['standard', 'webhook-signature'],
    ['authforge', 'x-authforge-signature'],
  ] as const)('of the profile %s is not proven with another body or signature', (profile, name) => {
    const { request, secrets } = sign(profile, { previousSecrets: [] });
    expect(isProvenBy(secrets, profile, request)).toBe(true);
    expect(isProvenBy(secrets, profile, { ...request, body: `${request.body} ` })).toBe(false);
    const signature = request.headers[name] ?? '';
    for (const forged of [signature.slice(0, -1), `${signature.slice(0, -2)}!=`, `${signature}=`, '']) {
      const headers = { ...request.headers, [name]: forged };
      expect([forged, isProvenBy(secrets, profile, { ...request, headers })]).toEqual([forged, false]);
    }
  });

  it('is not proven by a signature under another name', () => {
    const signed = sign('standard', { secret: generateSecret('ed25519').secret, previousSecrets: [] });
    const signature = signed.request.headers['webhook-signature'] ?? '';
    const headers = { ...signed.request.headers, 'webhook-signature': signature.replace('v1a,', 'v2a,') };
    expect(isProvenBy(signed.secrets, 'standard', signed.request)).toBe(true);
    expect(isProvenBy(signed.secrets, 'standard', { ...signed.request, headers })).toBe(false);
  });

  it('is proven over empty texts for headers that are missing', () => {
    const [only] = sign('standard', { previousSecrets: [] }).secrets;
    if (only?.kind !== 'hmac') throw new Error('it is no shared secret');
    const headers = { 'webhook-signature': `v1,${only.decodedKey.sign('..{}', 'base64')}` };
    expect(isProvenBy([only], 'standard', { headers, body: '{}' })).toBe(true);
  });

  it.each(['webhook-id', 'webhook-timestamp'])('is not proven with another %s', (name) => {
    const { request, secrets } = sign('standard');
    const headers = { ...request.headers, [name]: '1' };
    expect(isProvenBy(secrets, 'standard', { ...request, headers })).toBe(false);
  });
});
