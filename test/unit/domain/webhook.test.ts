import { describe, expect, it } from 'vitest';
import { maxPreviousSecrets, getTestEventType, isSubscribed } from '../../../server/src/domain/webhook.ts';
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

  it('is tested with the ping of its contract', () => {
    expect([getTestEventType('authon'), getTestEventType('authforge'), getTestEventType('standard')]).toEqual(
      ['test', 'test.ping', 'test.ping'],
    );
  });

  it('keeps at most three previous secrets', () => {
    expect(maxPreviousSecrets).toBe(3);
  });
});
