import { createTocsinClient } from '@tocsin/client';
import { createTestTocsin } from '@tocsin/testing';
import { describe, expect, it } from 'vitest';
import { acme, type Flat } from '../../types/acme.ts';

const now = '2026-01-01T00:00:00.000Z';
const at = (seconds: number) => new Date(Date.parse(now) + seconds * 1_000).toISOString();
const invoice = (invoiceId: string) => ({ data: { invoiceId, amount: 4200, paidAt: now, lines: [] } });

/** A kit with a webhook for invoices. `answers` are those of its receiver before it answers 200. */
async function start(...answers: readonly number[]) {
  const tocsin = await createTestTocsin({ catalog: acme, now });
  const receiver = tocsin.receiver({ name: 'billing' });
  const { id: webhookId } = await tocsin.webhook({
    to: receiver,
    events: ['invoice.*'],
    description: 'Billing',
  });
  if (answers.length > 0) receiver.respond(...answers);
  const { client, appId } = tocsin;
  return { tocsin, client, appId, receiver, webhookId, [Symbol.asyncDispose]: () => tocsin.close() };
}

/** Another client of the kit with a key of these scopes. */
async function withKey({ tocsin, client }: Awaited<ReturnType<typeof start>>, scopes: readonly string[]) {
  const key = await client.keys.create.mutate({ name: 'Narrow', scopes: [...scopes] as ['events:read'] });
  return { key, narrow: createTocsinClient({ ...tocsin.connection, token: key.key, retry: { retries: 0 } }) };
}

describe('keys', () => {
  it('have their scopes only, and end when they are revoked', async () => {
    await using kit = await start();
    const { client, appId } = kit;
    const { key, narrow } = await withKey(kit, ['events:read']);
    await expect(narrow.webhooks.list.query({ appId })).rejects.toMatchObject({
      code: 'SCOPE_MISSING',
      message: 'this API key lacks the scope webhooks:read',
    });
    await expect(narrow.keys.create.mutate({ name: 'More', scopes: ['*'] })).rejects.toMatchObject({
      code: 'SCOPE_MISSING',
    });
    expect((await narrow.events.list.query({ appId })).items).toEqual([]);
    await client.keys.revoke.mutate({ id: key.id });
    await expect(narrow.events.list.query({ appId })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: `the API key ${key.prefix}... was revoked`,
    });
    await narrow.close();
  });

  it('that are rotated get another secret, and the old one works until the overlap ends', async () => {
    await using kit = await start();
    const { key, narrow } = await withKey(kit, ['events:read']);
    const rotated = await kit.client.keys.rotate.mutate({ id: key.id, overlapHours: 24 });
    const { key: secret, prefix, ...same } = key;
    expect(rotated).toMatchObject(same);
    expect([rotated.key, rotated.prefix]).not.toEqual([secret, prefix]);
    expect((await narrow.events.list.query({})).items).toEqual([]);
    await kit.tocsin.advance('2d');
    await expect(narrow.events.list.query({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const { items } = await kit.client.keys.list.query({});
    expect(items.map(({ name, parentId }) => [name, parentId === null])).toEqual([
      ['Test', true],
      ['Narrow', false],
    ]);
    expect(JSON.stringify(items)).not.toContain(rotated.key);
    await narrow.close();
  });
});

describe('event types', () => {
  it('of the catalog are listed by name, with their versions', async () => {
    await using kit = await start();
    const { items } = await kit.client.eventTypes.list.query({ prefix: 'invoice.' });
    expect(items.map(({ type, origin, version }) => [type, origin, version])).toEqual([
      ['invoice.line.added', 'file', 1],
      ['invoice.paid', 'file', 2],
    ]);
    expect(await kit.client.eventTypes.get.query({ type: 'invoice.paid' })).toMatchObject({
      description: 'An invoice is paid in full.',
      subscribable: true,
      pinnableVersions: [1, 2],
      example: { invoiceId: 'inv_1', amount: 4200 },
      schema: { type: 'object', properties: { invoiceId: { type: 'string' } } },
    });
    await expect(kit.client.eventTypes.get.query({ type: 'invoice.lost' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'no event type invoice.lost',
    });
  });

  it('reject data with a wrong field, by its path', async () => {
    await using kit = await start();
    // Without its catalog, so that the client does not check the data first.
    const plain = createTocsinClient<Flat>(kit.tocsin.connection);
    const data = { invoiceId: 'inv_1', amount: 'much' as never };
    await expect(plain.publish('invoice.paid', { appId: kit.appId, data })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: expect.arrayContaining([expect.objectContaining({ path: 'data.amount' })]) as unknown,
    });
    await plain.close();
  });
});

describe('the feed', () => {
  it('is read in pages and by types, and continued after a committed cursor', async () => {
    await using kit = await start();
    const feed = kit.client.feed(kit.appId);
    const all = ['invoice.*', 'coupon.*'] as const;
    for (const id of ['inv_1', 'inv_2']) await kit.tocsin.publish('invoice.paid', invoice(id));
    await kit.tocsin.publish('coupon.used', { data: { code: 'SPRING' } });
    const first = await feed.read({ types: all, limit: 1 });
    expect(first).toMatchObject({
      items: [{ type: 'invoice.paid', data: { invoiceId: 'inv_1' } }],
      hasMore: true,
    });
    const rest = await feed.read({ types: all, after: first.cursor });
    expect(rest).toMatchObject({ items: [{ data: { invoiceId: 'inv_2' } }, { type: 'coupon.used' }] });
    expect(rest.hasMore).toBe(false);
    expect((await feed.read({ types: ['coupon.*'] })).items.map(({ type }) => type)).toEqual(['coupon.used']);
    expect((await feed.read({ types: all, start: 'newest' })).items).toEqual([]);
    const seen: string[] = [];
    for (let round = 0; round < 2; round++) {
      const stop = new AbortController();
      await feed.consumer('billing', { types: all }).run(
        (event) => {
          seen.push(event.id);
          if (seen.length % 3 === 0 || round === 1) stop.abort();
        },
        { signal: stop.signal },
      );
      if (round === 0) await kit.tocsin.publish('coupon.used', { data: { code: 'SUMMER' } });
    }
    expect(seen).toHaveLength(4);
    expect(new Set(seen).size).toBe(4);
  });
});

describe('a webhook', () => {
  it('is tested, previewed and sent a sample, apart from its deliveries', async () => {
    await using kit = await start();
    const { client, webhookId: id, receiver } = kit;
    expect(await client.webhooks.test.mutate({ id })).toMatchObject({ delivered: true, statusCode: 200 });
    const sample = await client.webhooks.sendSample.mutate({ id, event: 'invoice.paid' });
    expect(sample).toMatchObject({ delivered: true });
    expect(receiver.requests.map(({ event }) => event.type)).toEqual(['test.ping', 'invoice.paid']);
    const preview = await client.webhooks.preview.query({ format: 'slack', event: 'invoice.paid' });
    expect(JSON.stringify(preview)).toContain('Invoice paid');
    expect(await client.webhooks.backlog.query({ id })).toMatchObject({ waiting: 0, failed: 0 });
  });

  it('that fails says what waits and since when, and sends it at once on request', async () => {
    await using kit = await start(500);
    const { client, tocsin, appId, webhookId: id, receiver } = kit;
    await tocsin.publish('invoice.paid', invoice('inv_1'));
    expect(await client.webhooks.backlog.query({ id })).toMatchObject({ waiting: 1, nextAttemptAt: at(5) });
    expect((await client.webhooks.summaries.query({})).items).toMatchObject([
      { id, state: 'failing', failuresInARow: 1, failingSince: now, lastFailureReason: 'http_status' },
    ]);
    expect(await client.system.stats.query({ appId })).toMatchObject({
      totals: { accepted: 1, pending: 1, attempts: 1, failedAttempts: 1 },
      webhooks: { failing: 1, paused: 0, disabled: 0 },
    });
    expect(await client.webhooks.sendWaiting.mutate({ id })).toMatchObject({ count: 1, remaining: 0 });
    await tocsin.settle();
    expect(receiver.requests.map(({ answer }) => answer)).toEqual([500, 200]);
    expect(await client.webhooks.backlog.query({ id })).toMatchObject({ waiting: 0, nextAttemptAt: null });
  });

  it('is changed field by field, and signs with both secrets for a day after a rotation', async () => {
    await using kit = await start();
    const { client, webhookId: id } = kit;
    expect(await client.webhooks.update.mutate({ id, rateLimit: 5 })).toMatchObject({
      revision: 2,
      rateLimit: 5,
      description: 'Billing',
      events: ['invoice.*'],
    });
    expect(await client.webhooks.rotateSecret.mutate({ id })).toMatchObject({
      previousSecretUntil: at(86_400),
      secret: expect.stringMatching(/^whsec_/) as string,
    });
    const { items } = await client.auditLog.list.query({ targetId: id });
    const ofWebhook = items.filter(({ targetId }) => targetId === id);
    expect(new Set(ofWebhook.map(({ action }) => action))).toEqual(
      new Set(['webhook.created', 'webhook.updated', 'webhook.secret_rotated']),
    );
    expect(ofWebhook.find(({ action }) => action === 'webhook.updated')?.changes).toEqual([
      { field: 'rateLimit', before: null, after: 5 },
    ]);
  });
});

describe('deliveries', () => {
  it('are found by a value of their event, explained, and cancelled or sent again by hand', async () => {
    await using kit = await start(500);
    const { client, tocsin, appId, webhookId, receiver } = kit;
    const { id: eventId } = await tocsin.publish('invoice.paid', invoice('inv_1'));
    await tocsin.publish('invoice.paid', invoice('inv_2'));
    const { items: timeline } = await client.search.timeline.query({ value: 'INV_1' });
    expect(timeline).toMatchObject([
      {
        event: { id: eventId },
        fields: ['invoiceId'],
        verdicts: [{ verdict: 'pending', reason: 'http_status', attemptCount: 1, nextAttemptAt: at(5) }],
      },
    ]);
    expect((await client.search.find.query({ query: eventId })).groups).toMatchObject([
      { kind: 'event', hits: [{ id: eventId }], hasMore: false },
    ]);
    expect(await client.deliveries.cancel.mutate({ webhookId })).toMatchObject({ count: 1, remaining: 0 });
    expect((await client.deliveries.list.query({ appId, status: 'cancelled' })).items).toMatchObject([
      { eventId, reason: 'cancelled_by_user', nextAttemptAt: null },
    ]);
    expect(await client.deliveries.resend.mutate({ eventId, webhookId })).toMatchObject({
      status: 'pending',
      sentByHand: { at: now, by: 'Test' },
    });
    await tocsin.settle();
    expect(receiver.requests.map(({ event }) => event.id === eventId)).toEqual([true, false, true]);
    expect((await client.events.explain.query({ id: eventId })).verdicts).toMatchObject([
      { webhookId, verdict: 'delivered', attemptCount: 2 },
    ]);
  });
});

describe('an app that is deleted', () => {
  it('takes no events any more, and is erased', async () => {
    await using kit = await start();
    const { client, tocsin, appId } = kit;
    await tocsin.publish('invoice.paid', invoice('inv_1'));
    expect(await client.accounts.usage.query({})).toMatchObject({
      limits: expect.arrayContaining([
        expect.objectContaining({ name: 'apps', used: 1 }),
        expect.objectContaining({ name: 'webhooks', used: 1 }),
      ]) as unknown,
    });
    expect(await client.apps.delete.mutate({ id: appId })).toEqual({ id: appId, deleted: true });
    await expect(tocsin.publish('invoice.paid', invoice('inv_2'))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect((await client.apps.deletions.query({})).items).toMatchObject([{ appId, status: 'running' }]);
  });
});
