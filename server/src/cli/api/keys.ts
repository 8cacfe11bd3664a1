import { createKeyInput, listKeysInput, rotateKeyInput, type CreatedKey, type KeyView } from '@tocsin/shared';
import { toShortTime } from '../output/time.ts';
import { keyById } from './by-id.ts';
import { defineCall } from './define-call.ts';
import { defineList } from './define-list.ts';

const operand = { field: 'id', summary: 'id of the key, such as key_0123456789abcdef' };

export const keysList = defineList({
  details: 'Lists the keys that have no scope that your own key lacks. A key itself is never shown again.',
  examples: ['', '--all --json'],
  input: listKeysInput,
  page: async (client, input) => await client.keys.list.query(input),
  columns: [
    { title: 'ID', value: ({ id }) => id },
    { title: 'NAME', value: ({ name }) => name, canCut: true },
    { title: 'KEY', value: ({ prefix }) => `${prefix}…` },
    { title: 'STATE', value: toState },
    { title: 'SCOPES', value: ({ scopes }) => scopes.join(','), canCut: true },
    { title: 'APP', value: ({ appId }) => appId },
    { title: 'LAST USED', value: ({ lastUsedAt }) => toShortTime(lastUsedAt) },
  ],
  empty: 'no keys',
});

export const keysCreate = defineCall({
  details: 'Prints the key, once. Standard output has nothing else, so that a script can store it.',
  examples: [
    "--name 'Publisher of the shop' --scope events:publish",
    '--name CI --scope catalog:write --scope webhooks:read --expires 2027-01-01T00:00:00Z',
  ],
  input: createKeyInput,
  call: async (client, input) => await client.keys.create.mutate(input),
  notes: (key) => {
    const owner = key.appId === null ? `account ${key.accountId}` : `app ${key.appId}`;
    return [`created ${key.id} for ${owner} with scopes ${key.scopes.join(', ')}`, saveKey];
  },
  text: toKey,
});

export const keysRotate = defineCall({
  details: 'Prints the new key, once. The old one works until the end of the overlap.',
  examples: ['key_0123456789abcdef', 'key_0123456789abcdef --overlap-hours 0 # it leaked'],
  input: rotateKeyInput,
  operand,
  call: async (client, input) => await client.keys.rotate.mutate(input),
  notes: (_key, { id, overlapHours }) => [
    `rotated ${id}; the old key ${overlapHours === 0 ? 'has ended' : `works for ${overlapHours} more hours`}`,
    saveKey,
  ],
  text: toKey,
});

export const keysRevoke = defineCall({
  details: 'Also ends the keys that it created. Takes effect at once.',
  examples: ['key_0123456789abcdef', 'key_0123456789abcdef --yes'],
  input: keyById,
  operand,
  question: ({ id }) => `Revoke ${id} and all keys that it created?`,
  call: async (client, input) => await client.keys.revoke.mutate(input),
  text: ({ id }) => `revoked ${id}`,
});

const saveKey = 'save the key now; it is not shown again';

function toKey({ key }: CreatedKey): string {
  return key;
}

function toState({ revokedAt, expiresAt }: KeyView): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt === null ? 'valid' : `until ${toShortTime(expiresAt)}`;
}
