import { expect, it } from 'vitest';
import type { EventStore } from '../../../../server/src/domain/ports/event-store.ts';
import { createEventService } from '../../../../server/src/services/events/events.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { anEvent } from '../../../support/builders.ts';
import { builtInTypes } from '../../../support/event-types.ts';

const event = anEvent({ appId: 'app_a', idempotencyKey: 'order-1', targets: ['wh_1', 'wh_2'] });
const view = {
  id: event.id,
  appId: 'app_a',
  event: 'user.login',
  timestamp: '2026-01-01T00:00:00.000Z',
  data: { userId: 'u1', username: 'n', ip: '192.0.2.1', hwid: 'h', appId: 'app_test' },
  idempotencyKey: 'order-1',
  createdAt: '2026-01-01T00:00:00.000Z',
  deliveries: 2,
};

function serviceOn() {
  const filters: unknown[] = [];
  const events: Pick<EventStore, 'get' | 'list'> = {
    get: (id) => Promise.resolve(id === event.id ? event : undefined),
    list: (filter, page) => {
      filters.push([filter, page]);
      return Promise.resolve({ items: [{ ...event, idempotencyKey: undefined }], nextCursor: 'next' });
    },
  };
  const access = accessTo({ app_a: 'acc_a', app_b: 'acc_b' });
  // `as`: the service only reads
  const service = createEventService({ events: events as EventStore, eventTypes: builtInTypes, access });
  return { service, filters };
}

const page = { cursor: undefined, limit: 10 };

it('is shown to callers of its account who may read events', async () => {
  const { service } = serviceOn();
  expect(await service.get(rootActor, event.id)).toEqual(view);
  expect(await service.get(keyActor('acc_a', ['events:read']), event.id)).toEqual(view);
  for (const [actor, id] of [
    [keyActor('acc_b'), event.id],
    [rootActor, 'evt_none'],
  ] as const) {
    await expect(service.get(actor, id)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `no event ${id}`,
    });
  }
  const publisher = keyActor('acc_a', ['events:publish']);
  await expect(service.get(publisher, event.id)).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
});

it('is listed for the account of the caller, by a filter of theirs', async () => {
  const { service, filters } = serviceOn();
  const found = await service.list(keyActor(), { event: 'user.login' }, page);
  expect(found).toEqual({ items: [{ ...view, idempotencyKey: null }], nextCursor: 'next' });
  await service.list(rootActor, { appId: 'app_b' }, page);
  expect(filters).toMatchObject([
    [{ event: 'user.login', accountId: 'acc_a' }, page],
    [{ appId: 'app_b' }, page],
  ]);
  await expect(service.list(keyActor(), { appId: 'app_b' }, page)).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  const publisher = keyActor('acc_a', ['events:publish']);
  await expect(service.list(publisher, {}, page)).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
});

it('has types with a schema and a valid example each', () => {
  const types = serviceOn().service.types();
  expect(types.find(({ type }) => type === 'user.login')).toMatchObject({
    family: 'authon',
    subscribable: true,
    schema: { type: 'object' },
    example: { userId: expect.any(String) as string },
  });
  expect(types.map(({ type }) => type)).toEqual(builtInTypes.listCommon().map(({ name }) => name));
});
