import { describe, expect, it } from 'vitest';
import { readTokenIdentity, type ClaimNames } from '../../../../server/src/services/accounts/token-claims.ts';

const names: ClaimNames = { account: 'tocsin.account', scopes: 'scope', app: 'app', scopePrefix: 'tocsin:' };
const claims = { sub: 'user-1', 'tocsin.account': 'acc_aaaa', scope: 'tocsin:events:read openid' };
const read = (change: object = {}, names_: ClaimNames = names) =>
  readTokenIdentity({ ...claims, ...change }, names_);

describe('the claims of a token', () => {
  it('name the caller, the account, the scopes and perhaps an app', () => {
    expect(read()).toEqual({
      subject: 'user-1',
      accountId: 'acc_aaaa',
      scopes: new Set(['events:read']),
      appId: undefined,
    });
    expect(read({ app: 'app_a' }).appId).toBe('app_a');
  });

  it('are found by their whole name first, and by their path otherwise', () => {
    const nested = { tocsin: { account: 'acc_bbbb' } };
    expect(read(nested).accountId).toBe('acc_aaaa');
    expect(readTokenIdentity({ sub: 'user-1', ...nested }, names).accountId).toBe('acc_bbbb');
  });

  it('may be nested', () => {
    const names_ = { ...names, account: 'tocsin.tenant.account' };
    expect(read({ tocsin: { tenant: { account: 'acc_bbbb' } } }, names_).accountId).toBe('acc_bbbb');
    for (const tocsin of [undefined, null, 'text', { tenant: null }, { tenant: 'acc_bbbb' }, {}]) {
      expect(() => read({ tocsin }, names_)).toThrow(
        "the token's claim tocsin.tenant.account must be the id of an account",
      );
    }
  });

  it('name no account by what every object inherits', () => {
    expect(() => read({}, { ...names, account: 'tocsin.toString' })).toThrow('must be the id of an account');
    expect(() => read({}, { ...names, account: 'constructor' })).toThrow('must be the id of an account');
  });

  it.each([
    [
      'text with any spaces',
      ' tocsin:events:read\ttocsin:events:publish  ',
      ['events:read', 'events:publish'],
    ],
    ['a list', ['tocsin:events:read', 'other:events:write'], ['events:read']],
    ['unknown scopes', ['tocsin:events:none', 'tocsin:'], []],
    ['the scope of the operator', ['tocsin:operator'], []],
    ['no scopes', undefined, []],
  ])('may have %s', (_name, scope, expected) => {
    expect([...read({ scope }).scopes]).toEqual(expected);
  });

  it.each([
    ['sub must be 1 to 255 printable characters', { sub: undefined }],
    ['sub must be 1 to 255 printable characters', { sub: 7 }],
    ['sub must be 1 to 255 printable characters', { sub: '' }],
    ['sub must be 1 to 255 printable characters', { sub: 'a b' }],
    ['sub must be 1 to 255 printable characters', { sub: 'a\n' }],
    ['sub must be 1 to 255 printable characters', { sub: 'x'.repeat(256) }],
    ['tocsin.account must be the id of an account', { 'tocsin.account': 'acc_b' }],
    ['app must be the id of an app', { app: 7 }],
    ['scope must be a text or a list of texts', { scope: 7 }],
    ['scope must be a text or a list of texts', { scope: ['tocsin:events:read', 7] }],
    ['scope must be a text or a list of texts', { scope: { a: 1 } }],
  ])('are rejected unless %s', (words, change) => {
    expect(() => read(change)).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED', message: `the token's claim ${words}` }) as Error,
    );
  });

  it('may have a subject of 255 characters', () => {
    expect(read({ sub: 'x'.repeat(255) }).subject).toHaveLength(255);
  });
});
