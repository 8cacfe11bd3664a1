import { expect, it } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import { toCallId, toFingerprint } from '../../../../server/src/services/idempotency/call-id.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';

/** A caller with an access token. */
const token = (issuer: string, subject: string, accountId = 'acc_a'): Actor => ({
  kind: 'token',
  issuer,
  subject,
  accountId,
  scopes: new Set(['*']),
});

it('belongs to one credential, operation and idempotency key', () => {
  const key = keyActor();
  const calls: [Actor, string, string][] = [
    [rootActor, 'keys.create', 'a'],
    [key, 'keys.create', 'a'],
    [key, 'keys.create', 'b'],
    [key, 'apps.create', 'a'],
    [{ ...key, keyId: 'key_0000000000000002' } as Actor, 'keys.create', 'a'], // spreading loses which kind it is
    [token('https://id.test', 'u1'), 'keys.create', 'a'],
    [token('https://id.test', 'u2'), 'keys.create', 'a'],
    [token('https://other.test', 'u1'), 'keys.create', 'a'],
    [token('https://id.test', 'u1', 'acc_b'), 'keys.create', 'a'],
  ];
  const ids = calls.map((call) => toCallId(...call));
  expect(new Set(ids).size).toBe(calls.length);
  expect(calls.map((call) => toCallId(...call))).toEqual(ids);
  expect(ids.every((id) => /^[\w-]{43}$/.test(id))).toBe(true);
});

it('is the same for another name or scope of the credential', () => {
  const id = toCallId(keyActor('acc_a', ['*']), 'keys.create', 'a');
  expect(toCallId(keyActor('acc_a', ['keys:write']), 'keys.create', 'a')).toBe(id);
});

it('has the same input in any order of its fields, and not in another order of a list', () => {
  const one = toFingerprint({ a: { b: 1, c: [1, 2] }, d: null });
  expect(toFingerprint({ d: null, a: { c: [1, 2], b: 1 } })).toBe(one);
  const others = [{ a: { b: 1, c: [2, 1] }, d: null }, { a: { b: 1, c: [1, 2] } }, {}, { a: { b: 2 } }];
  expect(new Set([one, ...others.map(toFingerprint)]).size).toBe(5);
});
