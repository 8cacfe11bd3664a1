import { describe, expect, it } from 'vitest';
import { SignInLimiter } from '../../../../server/src/services/authorization/sign-in-limiter.ts';
import { FakeClock } from '../../../support/clock.ts';

function aScene() {
  const clock = new FakeClock();
  const limiter = new SignInLimiter(() => clock.now());
  const fail = (count: number, address = '192.0.2.1') => {
    for (let n = 0; n < count; n++) limiter.take(address);
  };
  return { clock, limiter, fail };
}

const tooMany = (seconds: number) =>
  expect.objectContaining({
    code: 'RATE_LIMITED',
    message: `too many failed sign-ins from this address; retry in ${seconds} s`,
    retryAfterSeconds: seconds,
  }) as Error;

describe('failed sign-ins', () => {
  it('of one address are 20 at once, and no other address waits for them', () => {
    const { limiter, fail } = aScene();
    fail(20);
    expect(() => limiter.take('192.0.2.1')).toThrow(tooMany(6));
    fail(20, '192.0.2.2');
    expect(() => limiter.take('192.0.2.2')).toThrow(tooMany(6));
  });

  it('of one address are one more every six seconds', () => {
    const { clock, limiter, fail } = aScene();
    fail(20);
    clock.advance(5_999);
    expect(() => limiter.take('192.0.2.1')).toThrow(tooMany(1));
    clock.advance(1);
    fail(1);
    clock.advance(1_500);
    expect(() => limiter.take('192.0.2.1')).toThrow(tooMany(5));
    clock.advance(10 * 60_000);
    fail(20);
    expect(() => limiter.take('192.0.2.1')).toThrow(tooMany(6));
  });

  it('do not count if they succeed, and never give more than 20', () => {
    const { limiter, fail } = aScene();
    limiter.giveBack('192.0.2.3');
    fail(1);
    for (let n = 0; n < 5; n++) limiter.giveBack('192.0.2.1');
    fail(20);
    expect(() => limiter.take('192.0.2.1')).toThrow(tooMany(6));
    limiter.giveBack('192.0.2.1');
    fail(1);
  });
});
