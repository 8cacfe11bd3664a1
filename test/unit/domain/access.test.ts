import type { Scope } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import { hasScope, canAccessAccount, type Actor } from '../../../server/src/domain/access.ts';

const everyScope = {
  'webhooks:read': true,
  'webhooks:write': true,
  'apps:write': true,
  'events:publish': true,
  'events:read': true,
  'events:consume': true,
  'deliveries:read': true,
  'deliveries:write': true,
  'keys:write': true,
  'catalog:write': true,
  operator: true,
  '*': true,
} satisfies Record<Scope, true>;
const scopes = Object.keys(everyScope) as Scope[]; // the keys of a Record<Scope, true>

const root: Actor = { kind: 'root' };
const key = (...granted: Scope[]): Actor => ({
  kind: 'key',
  keyId: 'key_1',
  keyPrefix: 'tsk_1',
  keyName: 'CI',
  accountId: 'acc_1',
  scopes: new Set(granted),
});

describe('a scope', () => {
  it.each(scopes)('%s is allowed to the root token', (scope) => {
    expect(hasScope(root, scope)).toBe(true);
  });

  it.each(scopes)('%s is not allowed to a key without scopes', (scope) => {
    expect(hasScope(key(), scope)).toBe(false);
  });

  it.each(scopes)('* covers %s unless it is the operator’s', (scope) => {
    expect(hasScope(key('*'), scope)).toBe(scope !== 'operator');
  });

  it.each(scopes.filter((scope) => scope !== 'operator' && scope !== '*'))(
    '%s allows itself and nothing else',
    (granted) => {
      expect(scopes.filter((scope) => hasScope(key(granted), scope))).toEqual([granted]);
    },
  );

  it('of the operator is not allowed to a key, even to one that has it', () => {
    expect(hasScope(key('operator', '*'), 'operator')).toBe(false);
  });
});

describe('an account', () => {
  it('belongs to its own keys and to the root token', () => {
    expect(canAccessAccount(key(), 'acc_1')).toBe(true);
    expect(canAccessAccount(root, 'acc_1')).toBe(true);
  });

  it('does not belong to the keys of another account', () => {
    expect(canAccessAccount(key('*'), 'acc_2')).toBe(false);
    expect(canAccessAccount(key('*'), '')).toBe(false);
  });
});
