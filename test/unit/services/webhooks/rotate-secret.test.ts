import { expect, it } from 'vitest';
import type { SealPlace, SecretBox } from '../../../../server/src/domain/ports/secret-box.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import type { AuditRecord, AuditService } from '../../../../server/src/services/audit/audit-log.ts';
import { createRotateSecret } from '../../../../server/src/services/webhooks/rotate-secret.ts';
import type { WebhookViews } from '../../../../server/src/services/webhooks/webhook-view.ts';
import { rootActor } from '../../../support/actors.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { unkeyedCalls } from '../../../support/unkeyed-calls.ts';

const hourMs = 3_600_000;

const toPlaceText = (place: SealPlace) => Object.values(place).join(' ');

/** Seals a text for its webhook and field. `lost` is sealed with a key that is gone. */
const secretBox: SecretBox = {
  encrypt: (text, place) => `${toPlaceText(place)} ${text}`,
  decrypt: (sealed, place) => {
    const prefix = `${toPlaceText(place)} `;
    if (!sealed.startsWith(prefix)) throw new Error('no key decrypts it');
    return sealed.slice(prefix.length);
  },
  reseal: (sealed) => sealed,
  isCurrent: () => true,
};

const id = 'wh_000000000001';
const sealed = (text: string, field = 'secret') => `${id} ${field} ${text}`;
const previous = (text: string, until: number) => ({ sealed: sealed(text, 'previousSecrets'), until });

interface Given {
  readonly webhook?: Partial<Webhook>;
  /** What another call makes of the webhook meanwhile. Null: it deletes it. */
  readonly changed?: Partial<Webhook> | null;
  /** The secret that a continued call has reserved. */
  readonly reserved?: string;
}

function serviceOn({ webhook: change = {}, changed, reserved }: Given = {}) {
  const clock = new FakeClock();
  let stored: Webhook | undefined = aWebhook({ id, secret: sealed('whsec_old'), ...change });
  let rounds = 0;
  const rotated: string[] = [];
  const records: AuditRecord[] = [];
  const calls = unkeyedCalls(clock);
  const found = stored;
  const rotate = createRotateSecret({
    webhooks: {
      get: () => Promise.resolve(stored),
      update: (_, fields) => {
        if (++rounds === 1 && changed !== undefined) {
          stored = changed === null ? undefined : { ...found, ...changed };
          return Promise.resolve(undefined);
        }
        // `as`: the service sets every field that it names
        stored = { ...(stored ?? found), ...(fields as Partial<Webhook>) };
        return Promise.resolve(stored);
      },
    },
    secretBox,
    clock,
    findWebhook: () => Promise.resolve(found),
    views: { getView: (webhook: Webhook) => Promise.resolve({ id: webhook.id }) } as unknown as WebhookViews,
    audit: {
      record: (_, record) => {
        records.push(record);
        return Promise.resolve();
      },
    } as AuditService, // `as`: the service only records
    calls: {
      run: (call) =>
        reserved === undefined
          ? calls.run(call)
          : call.work({ secret: reserved, publicKey: null, signing: 'hmac' } as never, {
              at: clock.now(),
              entryId: undefined,
              isContinued: true,
            }),
    },
    onRotated: (webhook) => void rotated.push(webhook.secret),
  });
  const run = async (overlapHours = 24) => await rotate(rootActor, { id, overlapHours });
  return { run, rotated, records, clock, rounds: () => rounds, stored: () => stored };
}

it('stores a new secret of the same kind, and keeps the old one for the overlap', async () => {
  const { run, rotated, records, clock, stored } = serviceOn();
  const { secret } = await run(2);
  expect(secret).toMatch(/^whsec_[0-9a-f]{32}$/);
  expect(stored()).toMatchObject({
    secret: sealed(secret),
    signing: 'hmac',
    publicKey: null,
    previousSecrets: [previous('whsec_old', clock.now() + 2 * hourMs)],
    updatedAt: clock.now(),
  });
  expect(rotated).toEqual([sealed(secret)]);
  expect(records).toMatchObject([
    { action: 'webhook.secret_rotated', targetId: id, details: { overlapHours: 2 } },
  ]);
});

it('gives a webhook with public keys a new pair', async () => {
  const { run, stored } = serviceOn({ webhook: { signing: 'ed25519', publicKey: 'whpk_old' } });
  expect((await run()).secret).toMatch(/^whsk_/);
  expect(stored()?.publicKey).toMatch(/^whpk_(?!old)/);
});

it('keeps older secrets until their time, the newest first, and three in all', async () => {
  const now = new FakeClock().now();
  const older = [previous('b', now + 1), previous('c', now), previous('d', now + 2), previous('e', now + 3)];
  const { run, stored } = serviceOn({ webhook: { previousSecrets: older } });
  await run(1);
  expect(stored()?.previousSecrets).toEqual([
    previous('whsec_old', now + hourMs),
    previous('b', now + 1),
    previous('d', now + 2),
  ]);
});

it('ends all older secrets at once without an overlap', async () => {
  const { run, stored } = serviceOn({ webhook: { previousSecrets: [previous('b', Infinity)] } });
  await run(0);
  expect(stored()?.previousSecrets).toEqual([]);
});

it('replaces a secret that no key decrypts, which cannot stay valid', async () => {
  const { run, stored } = serviceOn({ webhook: { secret: 'lost' } });
  const { secret } = await run();
  expect(stored()).toMatchObject({ secret: sealed(secret), previousSecrets: [] });
});

it('starts again from what another call has changed meanwhile', async () => {
  const theirs = { secret: sealed('whsec_theirs') };
  const { run, stored, rounds, clock } = serviceOn({ changed: theirs });
  const { secret } = await run(1);
  expect(rounds()).toBe(2);
  expect(stored()).toMatchObject({
    secret: sealed(secret),
    previousSecrets: [previous('whsec_theirs', clock.now() + hourMs)],
  });
  const other = serviceOn({ changed: { signing: 'ed25519' } });
  expect((await other.run()).secret).toMatch(/^whsk_/);
  expect(other.stored()).toMatchObject({ signing: 'ed25519' });
});

it('is rejected if the webhook is deleted meanwhile', async () => {
  const { run, rotated, records } = serviceOn({ changed: null });
  await expect(run()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect([rotated, records]).toEqual([[], []]);
});

it.each<[string, Partial<Webhook>, number]>([
  ['is stored already', { secret: sealed('whsec_reserved') }, 0],
  ['was stored and replaced since', { previousSecrets: [previous('whsec_reserved', Infinity)] }, 0],
  ['is not stored yet', { previousSecrets: [{ sealed: 'lost', until: Infinity }] }, 1],
])('that is continued returns the secret that it has reserved, which %s', async (_, webhook, stores) => {
  const { run, rounds, records } = serviceOn({ webhook, reserved: 'whsec_reserved' });
  expect((await run()).secret).toBe('whsec_reserved');
  expect(rounds()).toBe(stores);
  expect(records).toHaveLength(1);
});
