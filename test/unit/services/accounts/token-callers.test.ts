import { describe, expect, it } from 'vitest';
import { apiError } from '../../../../server/src/domain/errors.ts';
import { TokenCallers } from '../../../../server/src/services/accounts/token-callers.ts';
import { FakeClock } from '../../../support/clock.ts';

/** Callers with tokens of an issuer that verifies each one and says that it expires in an hour. */
function aScene({ expiresInMs = 3_600_000 } = {}) {
  const clock = new FakeClock();
  const state = { verified: 0, hasAccount: true, isRevoked: false };
  const callers = new TokenCallers({
    verifier: {
      issuer: 'https://issuer.test',
      verify: () => {
        state.verified++;
        if (state.isRevoked) return Promise.reject(apiError('UNAUTHENTICATED', 'the token is not valid'));
        return Promise.resolve({
          claims: { sub: 'user-1', account: 'acc_aaaa', scope: 'events:read', app: 'app_a' },
          expiresAt: clock.now() + expiresInMs,
        });
      },
    },
    // `as`: the service looks accounts up and does nothing else with them.
    accounts: { get: () => Promise.resolve(state.hasAccount ? { id: 'acc_aaaa' } : undefined) } as never,
    clock,
    claimNames: { account: 'account', scopes: 'scope', app: 'app', scopePrefix: '' },
  });
  return { callers, clock, state };
}

describe('a caller with a token of the issuer', () => {
  it('is who its claims say', async () => {
    const { callers } = aScene();
    expect(await callers.authenticate('a.b.c', 'hash')).toEqual({
      kind: 'token',
      issuer: 'https://issuer.test',
      subject: 'user-1',
      accountId: 'acc_aaaa',
      appId: 'app_a',
      scopes: new Set(['events:read']),
    });
  });

  it('is rejected without an account', async () => {
    const { callers, state } = aScene();
    state.hasAccount = false;
    await expect(callers.authenticate('a.b.c', 'hash')).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: "the token's claim account names no account",
    });
  });

  it.each([
    ['ten minutes', 3_600_000, 600_000],
    ['as long as the token lasts', 5_000, 5_000],
  ])('is verified once for %s', async (_name, expiresInMs, cachedMs) => {
    const { callers, clock, state } = aScene({ expiresInMs });
    await callers.authenticate('a.b.c', 'hash');
    clock.advance(cachedMs - 1);
    expect(callers.authenticate('a.b.c', 'hash')).toMatchObject({ subject: 'user-1' });
    expect(state.verified).toBe(1);
    clock.advance(1);
    await callers.authenticate('a.b.c', 'hash');
    expect(state.verified).toBe(2);
    await callers.authenticate('a.b.d', 'other');
    expect(state.verified).toBe(3);
  });

  it('is rejected from then on once the issuer rejects its token', async () => {
    const { callers, clock, state } = aScene();
    await callers.authenticate('a.b.c', 'hash');
    clock.advance(600_000);
    state.isRevoked = true;
    await expect(callers.authenticate('a.b.c', 'hash')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    clock.advance(-1);
    await expect(callers.authenticate('a.b.c', 'hash')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('the form of a token', () => {
  const { callers } = aScene();

  it.each([
    ['a-b_1.c.d', true],
    [`${'a'.repeat(8_188)}.b.c`, true],
    [`${'a'.repeat(8_189)}.b.c`, false],
    ['a.b', false],
    ['a.b.c.d', false],
    ['a..c', false],
    ['.b.c', false],
    ['a.b.', false],
    ['a.b.c ', false],
    [' a.b.c', false],
    ['a.b.c=', false],
    ['tsk_abcdef', false],
  ])('%s is three parts in base64url: %s', (text, isToken) => {
    expect(callers.isToken(text)).toBe(isToken);
  });
});
