import { describe, expect, it } from 'vitest';
import {
  canDeliver,
  getTestEventType,
  isSubscribed,
  listDeliverable,
  maxPreviousSecrets,
} from '../../../server/src/domain/webhook.ts';
import { aWebhook } from '../../support/builders.ts';

describe('a webhook', () => {
  const events = ['user.login', 'user.ban'] as const;

  it.each([
    ['enabled and subscribed', true, 'user.ban', true],
    ['enabled and not subscribed', true, 'user.register', false],
    ['disabled and subscribed', false, 'user.ban', false],
    ['disabled and not subscribed', false, 'user.register', false],
  ] as const)('that is %s', (_what, enabled, type, expected) => {
    expect(isSubscribed(aWebhook({ enabled, events }), type)).toBe(expected);
  });

  it('without events is subscribed to none', () => {
    expect(isSubscribed(aWebhook({ events: [] }), 'user.login')).toBe(false);
  });

  it('takes deliveries of the types that it is subscribed to or keeps, enabled or not, and test pings', () => {
    const webhook = aWebhook({ enabled: false, events: ['user.login'], keptEvents: ['user.ban'] });
    const taken = ['user.login', 'user.ban', 'test', 'test.ping'] as const;
    for (const type of taken) expect(canDeliver(webhook, type)).toBe(true);
    expect(canDeliver(webhook, 'user.register')).toBe(false);
    expect(listDeliverable(webhook)).toEqual(taken);
  });

  it.each([
    [['*'], 'anything.at.all', true],
    [['invoice.*'], 'invoice.paid', true],
    [['invoice.*'], 'invoice.line.added', true],
    [['invoice.*'], 'invoice', false],
    [['invoice.*'], 'invoices.paid', false],
    [['invoice.*'], 'inv', false],
    [['user.ban', 'invoice.*'], 'invoice.paid', true],
    [['invoice.*'], 'invoice.*', true],
    [['invoice.*'], 'invoice.line.*', true],
    [['*'], 'invoice.*', true],
    [['invoice.line.*', 'invoice.paid'], 'invoice.*', false],
    [['invoice.*'], '*', false],
  ])('for %j takes %s: %s', (events, type, expected) => {
    expect(isSubscribed(aWebhook({ events }), type)).toBe(expected);
    expect(canDeliver(aWebhook({ events }), type)).toBe(expected);
    expect(canDeliver(aWebhook({ events: [], keptEvents: events }), type)).toBe(expected);
  });

  it('is tested with the ping of its contract', () => {
    expect([getTestEventType('authon'), getTestEventType('authforge'), getTestEventType('standard')]).toEqual(
      ['test', 'test.ping', 'test.ping'],
    );
  });

  it('keeps at most three previous secrets', () => {
    expect(maxPreviousSecrets).toBe(3);
  });
});
