import { expect, it } from 'vitest';
import { toAlertId, toChannelWebhook } from '../../../server/src/domain/alert.ts';
import { anAlertChannel } from '../../support/alert-builders.ts';

it('the id of an alert names the rule and its target', () => {
  expect(toAlertId('alr_1', 'wh_1')).toBe('alr_1:wh_1');
  expect(toAlertId('alr_1', null)).toBe('alr_1:queue');
});

it.each([
  ['webhook', 'json'],
  ['email', 'json'],
  ['slack', 'slack'],
  ['discord', 'discord'],
] as const)('a channel of the kind %s is sent to like a webhook of the format %s', (kind, format) => {
  const channel = anAlertChannel({ kind, accountId: 'acc_b', createdAt: 1, updatedAt: 2 });
  const { id, url, secret, headers } = channel;
  expect(toChannelWebhook(channel)).toMatchObject({
    id,
    accountId: 'acc_b',
    profile: 'standard',
    format,
    url,
    secret,
    headers,
    signing: 'hmac',
    events: ['*'],
    keptEvents: [],
    previousSecrets: [],
    enabled: true,
    clientCertificate: null,
    createdAt: 1,
    updatedAt: 2,
  });
});
