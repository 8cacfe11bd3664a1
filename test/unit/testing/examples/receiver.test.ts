import { fetchReceiver } from '@tocsin/client/receiver';
import { createSecret, signedRequest } from '@tocsin/testing';
import { beforeEach, expect, test } from 'vitest';

const { secret } = createSecret();
const banned = { userId: 'usr_1', username: 'mallory', reason: 'spam', bannedBy: 'usr_9' };

// The service under test: a handler of web requests, as Hono, Next.js and workers have.
const locked = new Set<string>();
const handle = fetchReceiver({ secret }, (event) => {
  if (event.type === 'user.ban') locked.add(event.data.userId);
});

beforeEach(() => locked.clear());

test('locks a banned user', async () => {
  const response = await handle(signedRequest('user.ban', banned, { secret }));
  expect(response.ok).toBe(true);
  expect(locked).toEqual(new Set(['usr_1']));
});

test.each([
  ['a stale request', { secret, stale: true }],
  ['a changed body', { secret, tampered: true }],
  ['a changed signature', { secret, tampered: 'signature' }],
  ['another secret', { secret, wrongSecret: true }],
] as const)('rejects %s', async (_name, options) => {
  const response = await handle(signedRequest('user.ban', banned, options));
  expect(response.ok).toBe(false);
  expect(locked.size).toBe(0);
});

test('accepts the old secret while it is rotated', async () => {
  const newer = createSecret().secret;
  const request = signedRequest('user.ban', banned, { secret: newer, previousSecrets: [secret] });
  expect((await handle(request)).ok).toBe(true);
});
