import type { Scope } from '@tocsin/shared';
import { expect, it } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import {
  allKinds,
  ChangedKinds,
  type Change,
} from '../../../../server/src/services/changes/changed-kinds.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';

/** A key of an account that is bound to an app. */
const boundTo = (accountId: string, appId: string, scopes?: readonly Scope[]) =>
  ({ ...keyActor(accountId, scopes), appId }) as Actor; // spreading loses which kind it is

function listFor(actor: Actor, ...changes: readonly Partial<Change>[]) {
  const kinds = new ChangedKinds();
  for (const change of changes)
    kinds.add({ kind: 'webhooks', accountId: 'acc_a', appId: 'app_a', ...change });
  return kinds.list(actor);
}

it.each<[string, Actor, Partial<Change>, boolean]>([
  ['the operator', rootActor, {}, true],
  ['its account', keyActor('acc_a'), {}, true],
  ['another account', keyActor('acc_b'), {}, false],
  ['every account', keyActor('acc_b'), { accountId: undefined, appId: undefined }, true],
  ['its app', boundTo('acc_a', 'app_a'), {}, true],
  ['another app', boundTo('acc_a', 'app_b'), {}, false],
  ['every app of its account', boundTo('acc_a', 'app_b'), { appId: undefined }, true],
  ['an app of that id in another account', boundTo('acc_b', 'app_a'), {}, false],
])('a change concerns %s, or does not', (_, actor, change, isConcerned) => {
  expect(listFor(actor, change)).toEqual(isConcerned ? ['webhooks'] : []);
});

it.each<[readonly Scope[], readonly Change['kind'][]]>([
  [['*'], allKinds],
  [['events:publish'], ['accounts', 'eventTypes']],
  [['events:read'], ['accounts', 'eventTypes', 'activity']],
  [['deliveries:read'], ['accounts', 'eventTypes', 'activity']],
  [['webhooks:read'], ['accounts', 'apps', 'webhooks', 'eventTypes', 'activity']],
  [['keys:write'], ['accounts', 'keys', 'eventTypes']],
])('a key with the scopes %j is told of %j', (scopes, kinds) => {
  expect(listFor(keyActor('acc_a', scopes), ...allKinds.map((kind) => ({ kind })))).toEqual(kinds);
});

it('each kind is named once, and none after it was told', () => {
  const kinds = new ChangedKinds();
  expect(kinds.isEmpty).toBe(true);
  for (let n = 0; n < 3; n++) kinds.add({ kind: 'activity', accountId: 'acc_a', appId: `app_${n}` });
  expect([kinds.isEmpty, kinds.list(keyActor())]).toEqual([false, ['activity']]);
  kinds.clear();
  expect([kinds.isEmpty, kinds.list(keyActor()), kinds.list(rootActor)]).toEqual([true, [], []]);
});

it('more apps than there is room for are told as all apps of their account', () => {
  const kinds = new ChangedKinds();
  const add = (from: number, to: number) => {
    for (let n = from; n < to; n++) kinds.add({ kind: 'webhooks', accountId: 'acc_a', appId: `app_${n}` });
  };
  add(0, 5_000);
  expect(kinds.list(boundTo('acc_a', 'app_x'))).toEqual([]);
  add(5_000, 5_001);
  expect(kinds.list(boundTo('acc_a', 'app_x'))).toEqual(['webhooks']);
  expect(kinds.list(keyActor('acc_b'))).toEqual([]);
  kinds.clear();
  add(0, 1);
  expect(kinds.list(boundTo('acc_a', 'app_x'))).toEqual([]);
});
