import { describe, expect, it } from 'vitest';
import type { Visibility } from '../../../../server/src/domain/ports/page-request.ts';
import { unknownHealth } from '../../../../server/src/domain/endpoint-health.ts';
import type { ChangeWebhookInput } from '../../../../server/src/services/webhooks/webhook-fields.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { webhookServiceOn } from '../../../support/webhook-service.ts';

const hourMs = 3_600_000;

describe('an update', () => {
  it('that takes types off cancels their deliveries after the change, once caches and owner know it', async () => {
    const webhook = aWebhook({ events: ['user.login', 'user.ban'] });
    const { service, calls } = webhookServiceOn([webhook]);
    await service.update(rootActor, webhook, { events: ['user.login'] });
    expect(calls).toEqual([
      ['change', undefined],
      ['changed', false],
      ['record', 'webhook.updated'],
      ['cancel unsubscribed', ['user.login'], []],
    ]);
  });

  it('that takes no type off, or keeps their deliveries, cancels none', async () => {
    const webhook = aWebhook({ events: ['user.login', 'user.ban'] });
    const { service, calls, webhooks } = webhookServiceOn([webhook]);
    const update = async (change: ChangeWebhookInput) => {
      await service.update(rootActor, webhooks.get(webhook.id) ?? webhook, change);
      return webhooks.get(webhook.id)?.keptEvents;
    };
    expect(await update({ events: ['user.ban', 'user.login', 'user.register'] })).toEqual([]);
    expect(await update({ rateLimit: 1 })).toEqual([]);
    expect(await update({ events: ['user.ban', 'user.register'], pendingDeliveries: 'keep' })).toEqual([
      'user.login',
    ]);
    expect(await update({ description: 'x' })).toEqual(['user.login']);
    expect(calls).not.toContainEqual(expect.arrayContaining(['cancel unsubscribed']));
    // Another type is cancelled, and those kept before stay until they are subscribed to again.
    expect(await update({ events: ['user.ban'], pendingDeliveries: 'cancel' })).toEqual(['user.login']);
    expect(calls.at(-1)).toEqual(['cancel unsubscribed', ['user.ban'], ['user.login']]);
    expect(await update({ events: ['user.ban', 'user.login'] })).toEqual([]);
  });

  it('rejects pendingDeliveries without events', async () => {
    const webhook = aWebhook();
    const { service, calls } = webhookServiceOn([webhook]);
    await expect(service.update(rootActor, webhook, { pendingDeliveries: 'keep' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'pendingDeliveries: only allowed together with events',
    });
    expect(calls).toEqual([]);
  });

  it('that disables changes no delivery', async () => {
    const webhook = aWebhook();
    const { service, calls } = webhookServiceOn([webhook]);
    await service.update(rootActor, webhook, { enabled: false });
    expect(calls).toEqual([
      ['change', false],
      ['changed', false],
      ['record', 'webhook.updated'],
    ]);
  });

  it('that enables cancels the backlog, then resets health, then sends pending deliveries', async () => {
    const webhook = aWebhook({ enabled: false, disabledReason: 'gone' });
    const { service, calls, webhooks, clock } = webhookServiceOn([webhook]);
    await service.update(rootActor, webhook, { enabled: true, backlog: 'cancel' });
    expect(calls).toEqual([
      ['backlog', 'cancel'],
      ['reset health', clock.now()],
      ['change', true],
      ['resume', 'all', clock.now()],
      ['changed', true],
      ['record', 'webhook.updated'],
    ]);
    expect(webhooks.get(webhook.id)?.disabledReason).toBeNull();
  });

  it('that changes the URL of a disabled webhook resets health and sends nothing', async () => {
    const webhook = aWebhook({ enabled: false, disabledReason: 'gone' });
    const { service, calls } = webhookServiceOn([webhook]);
    await service.update(rootActor, webhook, { url: 'http://127.0.0.1:9/new' });
    expect(calls.map(([name]) => name)).toEqual(['reset health', 'change', 'changed', 'record']);
  });

  it('that disables a disabled webhook again keeps the first reason', async () => {
    const webhook = aWebhook({ enabled: false, disabledReason: 'gone' });
    const { service, webhooks, calls } = webhookServiceOn([webhook]);
    await service.update(rootActor, webhook, { enabled: false });
    expect(webhooks.get(webhook.id)?.disabledReason).toBe('gone');
    expect(calls.map(([name]) => name)).toEqual(['change', 'changed', 'record']);
  });

  it.each([
    ['an enabled webhook', aWebhook(), { enabled: true }],
    ['a change that enables nothing', aWebhook({ enabled: false }), {}],
    ['a change that disables', aWebhook({ enabled: false }), { enabled: false }],
  ])('is rejected with a backlog for %s', async (_, webhook, input) => {
    const { service, calls } = webhookServiceOn([webhook]);
    const update = service.update(rootActor, webhook, { ...input, backlog: 'cancel' });
    await expect(update).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(calls).toEqual([]);
  });
});

it('records what changed, and what the caller chose for deliveries', async () => {
  const webhook = aWebhook({ events: ['user.login', 'user.ban'] });
  const disabled = aWebhook({ enabled: false, disabledReason: 'gone' });
  const { service, records } = webhookServiceOn([webhook, disabled]);
  await service.update(rootActor, webhook, { events: ['user.login'], pendingDeliveries: 'keep' });
  await service.update(rootActor, disabled, { enabled: true, backlog: 'cancel' });
  await service.update(rootActor, disabled, { description: 'x' });
  expect(records.map(({ details }) => details)).toEqual([
    { changed: ['events'], pendingDeliveries: 'keep' },
    { changed: expect.arrayContaining(['enabled']) as string[], backlog: 'cancel' },
    { changed: expect.arrayContaining(['description']) as string[] },
  ]);
});

it('shows no secret if it was not replaced, and pins only versions that can be sent', async () => {
  const webhook = aWebhook();
  const { service, calls } = webhookServiceOn([webhook]);
  expect(await service.update(rootActor, webhook, { description: 'x' })).not.toHaveProperty('secret');
  const replaced = await service.update(rootActor, { ...webhook, description: 'x' }, { profile: 'authon' });
  expect(replaced).toHaveProperty('secret');
  calls.length = 0;
  const pinned = service.update(rootActor, webhook, { eventVersions: { 'user.login': 9 } });
  await expect(pinned).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  expect(calls).toEqual([]);
});

describe('an update that races with another', () => {
  it.each([
    ['the profile first', { profile: 'authon' }, { url: 'http://127.0.0.1:10/evil' }],
    ['the URL first', { url: 'http://127.0.0.1:10/evil' }, { profile: 'authon' }],
  ] as const)('replaces the secret that the other one kept or made: %s', async (_, theirs, ours) => {
    const webhook = aWebhook();
    let rounds = 0;
    const { service, webhooks } = webhookServiceOn([webhook], {
      onUpdate: () => {
        if (++rounds === 1) webhooks.set(webhook.id, { ...webhook, ...theirs, secret: 'theirs' });
      },
    });
    const { secret } = await service.update(rootActor, webhook, ours);
    expect(rounds).toBe(2);
    expect(secret).toMatch(/^whsec_/);
    expect(webhooks.get(webhook.id)).toMatchObject({ profile: 'authon', url: 'http://127.0.0.1:10/evil' });
    expect(webhooks.get(webhook.id)?.secret).not.toBe('theirs');
    expect(webhooks.get(webhook.id)?.previousSecrets).toEqual([]);
  });

  it('is rejected if the other one deletes the webhook', async () => {
    const webhook = aWebhook();
    const { service, webhooks } = webhookServiceOn([webhook], {
      onUpdate: () => webhooks.delete(webhook.id),
    });
    const update = service.update(rootActor, webhook, { enabled: false });
    await expect(update).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a deletion', () => {
  it('ends replays, then cancels what still waits, and is rejected the second time', async () => {
    const webhook = aWebhook();
    const { service, calls } = webhookServiceOn([webhook]);
    await service.delete(rootActor, webhook);
    expect(calls).toEqual([
      ['changed', true],
      ['record', 'webhook.deleted'],
      ['end replays', webhook.id],
      ['restore', undefined],
      ['restore', 'dlv_1'],
      ['cancel', 'webhook_deleted'],
    ]);
    await expect(service.delete(rootActor, webhook)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a rotation', () => {
  it('starts over if another rotation changed the secret first', async () => {
    const webhook = aWebhook({ secret: 'first' });
    let rounds = 0;
    const { service, webhooks, clock } = webhookServiceOn([webhook], {
      onUpdate: () => {
        if (++rounds === 1) webhooks.set(webhook.id, { ...webhook, secret: 'theirs' });
      },
    });
    await service.rotateSecret(rootActor, { id: webhook.id, overlapHours: 24 });
    expect(webhooks.get(webhook.id)?.previousSecrets).toEqual([
      { sealed: 'theirs', until: clock.now() + 24 * hourMs },
    ]);
  });

  it('drops expired secrets, and keeps the newest three', async () => {
    const at = new FakeClock().now();
    const previousSecrets = [
      { sealed: 'c', until: at + 3 },
      { sealed: 'ended', until: at },
      { sealed: 'b', until: at + 2 },
      { sealed: 'a', until: at + 1 },
    ];
    const webhook = aWebhook({ secret: 'd', previousSecrets });
    const { service, webhooks } = webhookServiceOn([webhook]);
    await service.rotateSecret(rootActor, { id: webhook.id, overlapHours: 1 });
    const kept = webhooks.get(webhook.id)?.previousSecrets.map(({ sealed }) => sealed);
    expect(kept).toEqual(['d', 'c', 'b']);
  });
});

describe('a webhook at a mount', () => {
  const create = { url: 'http://127.0.0.1:9/', profile: 'standard', format: 'json', enabled: true } as const;

  it('counts against the limit of its own contract', async () => {
    const { service, limits } = webhookServiceOn([]);
    const input = { ...create, appId: 'app_test' };
    await service.create(rootActor, { ...input, events: ['license.revoked'] }, { mount: 'authforge' });
    await service.create(rootActor, { ...input, events: ['user.login'] }, { mount: 'authon' });
    await service.create(rootActor, { ...input, events: ['user.login'] }, { mount: null });
    expect(limits).toEqual([5, 50, 50]);
  });

  it('above the limit of its app is refused', async () => {
    const { service, calls } = webhookServiceOn([], { isFull: true });
    const input = { ...create, appId: 'app_test', events: ['license.revoked'] };
    await expect(service.create(rootActor, input, { mount: 'authforge' })).rejects.toMatchObject({
      code: 'WEBHOOK_LIMIT_REACHED',
      message: 'app app_test already has its 5 webhooks',
    });
    expect(calls).toEqual([]);
  });

  it('names the unknown events of its contract, but not endlessly', async () => {
    const { service } = webhookServiceOn([]);
    const messageOf = async (count: number) => {
      const events = ['user.login', ...Array.from({ length: count }, (_, n) => `x${n}`)];
      const refused = service.create(
        rootActor,
        { ...create, appId: 'app_test', events },
        { mount: 'authon' },
      );
      return await refused.catch((error: unknown) => String(error));
    };
    expect(await messageOf(2)).toContain('unknown event "x0", "x1"; known events are user.');
    expect(await messageOf(20)).toContain('"x18", "x19"; known');
    expect(await messageOf(21)).toContain('"x18", "x19" and 1 more; known');
  });

  it('accepts only the events of its own contract, each once', async () => {
    const { service, webhooks } = webhookServiceOn([]);
    const input = { ...create, appId: 'app_test' };
    const foreign = service.create(rootActor, { ...input, events: ['user.login'] }, { mount: 'authforge' });
    await expect(foreign).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
    const twice = ['user.login', 'user.login'];
    await service.create(rootActor, { ...input, events: twice }, { mount: 'authon' });
    expect([...webhooks.values()].map(({ events }) => events)).toEqual([['user.login']]);
  });

  it('that was created over tRPC accepts patterns and known types, and names the near ones of others', async () => {
    const { service, webhooks } = webhookServiceOn([]);
    const input = { ...create, appId: 'app_test' };
    const tRpc = { mount: null } as const;
    const events = ['*', 'license.*', 'user.ban', 'license.*', 'invoice.*'];
    await service.create(rootActor, { ...input, events }, tRpc);
    expect([...webhooks.values()].map((webhook) => webhook.events)).toEqual([
      ['*', 'license.*', 'user.ban', 'invoice.*'],
    ]);
    const typo = service.create(rootActor, { ...input, events: ['user.*', 'user.bann'] }, tRpc);
    await expect(typo).rejects.toMatchObject({
      code: 'UNKNOWN_EVENT',
      message: 'events.1: unknown event "user.bann"; did you mean user.ban?',
    });
    for (const events of [['test.ping'], ['invoice.paid']]) {
      const refused = service.create(rootActor, { ...input, events }, tRpc);
      await expect(refused).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
    }
    const atMount = service.create(rootActor, { ...input, events: ['user.*'] }, { mount: 'authon' });
    await expect(atMount).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
  });

  it('keeps types that do not exist any more when it is updated', async () => {
    const webhook = aWebhook({ events: ['invoice.paid'] });
    const { service, webhooks } = webhookServiceOn([webhook]);
    await service.update(rootActor, webhook, { events: ['invoice.paid', 'user.ban'] });
    expect(webhooks.get(webhook.id)?.events).toEqual(['invoice.paid', 'user.ban']);
  });

  it('is found only by its own app and mount', async () => {
    const webhook = aWebhook({ mount: 'authon' });
    const { service } = webhookServiceOn([webhook]);
    const find = (appId: string, mount: 'authon' | 'authforge') =>
      service.findInMount(keyActor(), appId, webhook.id, mount);
    expect(await find('app_test', 'authon')).toBe(webhook);
    await expect(find('app_test', 'authforge')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(find('app_other', 'authon')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(find('app_b', 'authon')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('a webhook by its id', () => {
  it('is not found for another account, and rejected without the scope', async () => {
    const webhook = aWebhook();
    const { service } = webhookServiceOn([webhook]);
    const find = (actor: ReturnType<typeof keyActor>) => service.find(actor, webhook.id, 'webhooks:write');
    expect(await find(keyActor())).toBe(webhook);
    await expect(find(keyActor('acc_b'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const reader = keyActor('acc_a', ['webhooks:read']);
    await expect(find(reader)).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
  });
});

it('lists the visible failing webhooks, the worst first, up to the limit', async () => {
  const webhooks = [aWebhook(), aWebhook(), aWebhook(), aWebhook({ appId: 'app_b', accountId: 'acc_b' })];
  const { findFailing, health } = webhookServiceOn(webhooks);
  for (const [index, { id }] of webhooks.entries()) {
    health.set(id, { ...unknownHealth, failuresInARow: index + 1 });
  }
  const ids = async (visibility: Partial<Visibility>, limit: number) =>
    (await findFailing({ excludedAppIds: [], ...visibility }, limit)).map(({ id }) =>
      webhooks.findIndex((one) => one.id === id),
    );
  expect(await ids({}, 10)).toEqual([3, 2, 1, 0]);
  expect(await ids({ accountId: 'acc_a' }, 2)).toEqual([2, 1]);
  expect(await ids({ appId: 'app_b' }, 10)).toEqual([3]);
  expect(await ids({ excludedAppIds: ['app_b'] }, 10)).toEqual([2, 1, 0]);
});
