// oxlint-disable-next-line import/no-unassigned-import -- it extends expect
import '@tocsin/testing/vitest';
import { stripVTControlCharacters } from 'node:util';
import { createTestTocsin } from '@tocsin/testing';
import { describe, expect, it } from 'vitest';

const now = '2026-01-01T00:00:00.000Z';
const event = { data: { licenseKey: 'key-1', status: 'revoked' as const } };

async function start() {
  const tocsin = await createTestTocsin({ now });
  const receiver = tocsin.receiver({ name: 'billing' });
  const webhook = await tocsin.webhook({ to: receiver, events: ['license.revoked'] });
  return { tocsin, receiver, webhook, [Symbol.asyncDispose]: async () => await tocsin.close() };
}

function messageOf(check: () => void): string {
  try {
    check();
  } catch (error) {
    return stripVTControlCharacters(error instanceof Error ? error.message : String(error));
  }
  throw new Error('the matcher passed');
}

describe('the matchers', () => {
  it('pass for a delivered event, with a part of its data', async () => {
    await using kit = await start();
    await kit.tocsin.publish('license.revoked', event);
    expect(kit.receiver).toHaveDelivered('license.revoked');
    expect(kit.receiver).toHaveDelivered('license.revoked', { licenseKey: 'key-1' });
    expect(kit.receiver).toHaveDelivered('license.revoked', {
      licenseKey: expect.stringMatching(/^key/) as string,
    });
    expect(kit.receiver).not.toHaveDelivered('license.created');
    expect(kit.receiver).not.toHaveDelivered('license.revoked', { licenseKey: 'key-2' });
  });

  it('tell received from delivered events', async () => {
    await using kit = await start();
    kit.receiver.respond(503);
    await kit.tocsin.publish('license.revoked', event);
    expect(kit.receiver).toHaveReceived('license.revoked');
    expect(kit.receiver).not.toHaveDelivered('license.revoked');
    const message = messageOf(() => expect(kit.receiver).toHaveDelivered('license.revoked'));
    expect(message).toContain('expected receiver "billing" to have delivered "license.revoked"');
    expect(message).toContain('It saw 1 request:\n1. +0ms license.revoked evt_');
    expect(message).toContain('It arrived, but no answer was 2xx.');
    expect(message).toMatch(
      /- evt_\w+: pending at https:\/\/billing\.test\/webhook: Waiting for the next attempt/,
    );
  });

  it('show how the data differs', async () => {
    await using kit = await start();
    await kit.tocsin.publish('license.revoked', event);
    const message = messageOf(() =>
      expect(kit.receiver).toHaveDelivered('license.revoked', { licenseKey: 'key-2' }),
    );
    expect(message).toContain('The data of the last one differs:');
    expect(message).toContain('key-2');
    expect(message).toContain('key-1');
  });

  it('explain why an event did not arrive', async () => {
    await using kit = await start();
    await kit.tocsin.publish('license.created', {
      data: { licenseKey: 'k', status: 'active', expiresAt: now, maxHwidSlots: 1, label: 'l' },
    });
    const message = messageOf(() => expect(kit.receiver).toHaveReceived('license.created'));
    expect(message).toContain('It saw 0 requests:\n(no request)');
    expect(message).toContain('is not subscribed to license.created');
    const never = messageOf(() => expect(kit.receiver).toHaveReceived('user.ban'));
    expect(never).toContain('no user.ban was published with this kit');
  });

  it('say what to pass instead of another value', () => {
    // @ts-expect-error a text is no receiver
    const message = messageOf(() => expect('text').toHaveDelivered('user.ban'));
    expect(message).toBe('expect() must get a receiver of the test kit: the result of tocsin.receiver()');
  });
});
