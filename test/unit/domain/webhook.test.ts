import { describe, expect, it } from 'vitest';
import { eventTypes } from '@tocsin/shared';
import {
  canDeliver,
  getTestEventType,
  isSubscribed,
  listRefusedTypes,
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
    const refused = listRefusedTypes(webhook);
    expect(refused).toContain('user.register');
    expect([...refused, 'user.login', 'user.ban'].sort()).toEqual([...eventTypes].sort());
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
