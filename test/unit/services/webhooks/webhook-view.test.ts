import { expect, it } from 'vitest';
import { unknownHealth } from '../../../../server/src/domain/endpoint-health.ts';
import { createWebhookViews } from '../../../../server/src/services/webhooks/webhook-view.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';

const clock = new FakeClock();
const now = clock.now();
const at = (ms: number) => new Date(now + ms).toISOString();

const clientCertificate = {
  sealed: 'sealed',
  subject: 'CN=billing',
  expiresAt: Date.parse('2027-01-01T00:00:00.000Z'),
  fingerprint: 'AB:CD',
};

function viewsOver(health = unknownHealth, decrypt = (text: string) => text) {
  return createWebhookViews({
    health: { getForDisplay: (ids) => Promise.resolve(new Map(ids.map((id) => [id, health]))) },
    secretBox: { decrypt },
    clock,
  });
}

it('names the certificate, without its private key', async () => {
  const { sealed: _, ...shown } = { ...clientCertificate, expiresAt: '2027-01-01T00:00:00.000Z' };
  expect(await viewsOver().getView(aWebhook({ clientCertificate }))).toMatchObject({
    clientCertificate: shown,
  });
  expect(await viewsOver().getView(aWebhook())).toMatchObject({ clientCertificate: null });
});

it.each<[string, readonly number[], string | null]>([
  ['the last of them', [1_000, 9_000, -1_000], at(9_000)],
  ['no ended one', [0, -1_000], null],
  ['none', [], null],
])('says until when previous secrets sign: %s', async (_, ends, previousSecretUntil) => {
  const previousSecrets = ends.map((ms) => ({ sealed: 's', until: now + ms }));
  expect(await viewsOver().getView(aWebhook({ previousSecrets }))).toMatchObject({ previousSecretUntil });
});

it.each([
  [null, null, null],
  [now - 9, null, at(-9)],
  [null, now - 5, at(-5)],
  [now - 9, now - 5, at(-5)],
  [now - 5, now - 9, at(-5)],
])('has its last delivery at the later of success %o and failure %o', async (ok, failed, lastDeliveryAt) => {
  const health = { ...unknownHealth, lastSuccessAt: ok, lastFailureAt: failed };
  expect(await viewsOver(health).getView(aWebhook())).toMatchObject({ lastDeliveryAt });
});

it('shows credentials only to callers that may write webhooks', async () => {
  const webhook = aWebhook({ url: 'https://example.com/hooks?key=secret', headers: '{"x-token":"t"}' });
  const shown = { url: webhook.url, headers: { 'x-token': 't' } };
  const masked = { url: 'https://example.com/hooks?key=••••', headers: { 'x-token': '••••' } };
  const views = viewsOver();
  expect(await views.getView(webhook, rootActor)).toMatchObject(shown);
  expect(await views.getViews([webhook], keyActor('acc_a', ['webhooks:write']))).toMatchObject([shown]);
  expect(await views.getViews([webhook], keyActor('acc_a', ['webhooks:read']))).toMatchObject([masked]);
  expect(await views.getView(webhook)).toMatchObject(masked);
  expect(views.getUrl(webhook)).toBe(masked.url);
});

it('is masked whole if no key decrypts the endpoint', async () => {
  const views = viewsOver(unknownHealth, () => {
    throw new Error('no key decrypts it');
  });
  expect(await views.getView(aWebhook(), rootActor)).toMatchObject({ url: '••••', headers: {} });
});
