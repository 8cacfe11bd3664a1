import { expect, it } from 'vitest';
import { maskText } from '@tocsin/shared';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import {
  listWebhookChanges,
  toWebhookName,
} from '../../../../server/src/services/webhooks/webhook-changes.ts';
import { aWebhook } from '../../../support/builders.ts';

const clear = { decrypt: (text: string) => text };
const lost = {
  decrypt: () => {
    throw new Error('no key decrypts it');
  },
};

const certificate = {
  sealed: 'sealed',
  subject: 'CN=billing',
  expiresAt: Date.parse('2027-01-01T00:00:00.000Z'),
  fingerprint: 'AB:CD',
};

const hook = aWebhook({ url: 'https://example.com/hooks?key=first', headers: '{"x-token":"first"}' });

it.each<[string, Partial<Webhook>, object[]]>([
  ['nothing', { updatedAt: 7, revision: 2, secret: 'another' }, []],
  [
    'the credential in a URL',
    { url: 'https://example.com/hooks?key=second' },
    [
      {
        field: 'url',
        before: `https://example.com/hooks?key=${maskText}`,
        after: `https://example.com/hooks?key=${maskText}`,
      },
    ],
  ],
  ['types', { events: ['*'] }, [{ field: 'events', before: ['user.login'], after: ['*'] }]],
  [
    'versions',
    { eventVersions: { 'invoice.paid': 2 } },
    [{ field: 'eventVersions', before: [], after: ['invoice.paid: 2'] }],
  ],
  [
    'several fields',
    { enabled: false, description: 'Billing', rateLimit: 5 },
    [
      { field: 'enabled', before: true, after: false },
      { field: 'description', before: null, after: 'Billing' },
      { field: 'rateLimit', before: null, after: 5 },
    ],
  ],
  [
    'a certificate',
    { clientCertificate: certificate },
    [{ field: 'clientCertificate', before: null, after: 'CN=billing (AB:CD)' }],
  ],
  [
    'the value of a header, and a new one',
    { headers: '{"x-token":"second","x-new":"1"}' },
    [
      { field: 'headers.x-token', before: maskText, after: maskText },
      { field: 'headers.x-new', before: null, after: maskText },
    ],
  ],
])('a change of %s is shown without credentials', (_, change, changes) => {
  expect(listWebhookChanges(clear, hook, { ...hook, ...change })).toEqual(changes);
});

it('a new certificate of the same subject is a change', () => {
  const before = aWebhook({ clientCertificate: certificate });
  const after = { ...before, clientCertificate: { ...certificate, fingerprint: 'EF:01' } };
  expect(listWebhookChanges(clear, before, after)).toEqual([
    { field: 'clientCertificate', before: 'CN=billing (AB:CD)', after: 'CN=billing (EF:01)' },
  ]);
});

it('a new webhook has its values, and a deleted one had them', () => {
  const created = listWebhookChanges(clear, undefined, hook);
  expect(created).toContainEqual({ field: 'events', before: null, after: ['user.login'] });
  expect(created).toContainEqual({ field: 'headers.x-token', before: null, after: maskText });
  expect(created.map(({ field }) => field)).not.toContain('description');
  expect(listWebhookChanges(clear, hook, undefined)).toContainEqual({
    field: 'enabled',
    before: true,
    after: null,
  });
});

it('values that no key decrypts are masked whole', () => {
  expect(listWebhookChanges(lost, undefined, hook).filter(({ field }) => /url|headers/.test(field))).toEqual(
    [],
  );
  expect(listWebhookChanges(lost, hook, { ...hook, enabled: false })).toEqual([
    { field: 'enabled', before: true, after: false },
  ]);
});

it('a webhook is called by its description, or else by its host', () => {
  expect(toWebhookName(clear, aWebhook({ description: 'Billing' }))).toBe('Billing');
  expect(toWebhookName(clear, aWebhook({ url: 'https://example.com:8443/hooks/1' }))).toBe(
    'example.com:8443',
  );
  expect(toWebhookName(lost, hook)).toBe(maskText);
});
