import { expect, it } from 'vitest';
import type { EventType } from '../../../../server/src/domain/event-type.ts';
import { toEventVersions } from '../../../../server/src/services/webhooks/webhook-rules.ts';
import { builtInVersion } from '../../../support/event-types.ts';

const aType = (name: string, latest: number, downcast: EventType['downcast']): EventType => ({
  name,
  family: null,
  source: null,
  subscribable: true,
  versions: [{ ...builtInVersion('user.login'), type: name, version: latest }],
  downcast,
});

const types = [aType('invoice.paid', 3, { 1: (data) => data }), aType('order.made', 2, undefined)];
const eventTypes = {
  find: (_: string, name: string) => types.find((type) => type.name === name),
  listNames: () => Promise.resolve(types.map(({ name }) => name)),
};
const check = async (versions: Record<string, number>) =>
  await toEventVersions(eventTypes, 'acc_a', versions);

it('accepts the newest version of a type, and those that its catalog renders', async () => {
  for (const versions of [{}, { 'invoice.paid': 3 }, { 'invoice.paid': 1 }]) {
    expect(await check(versions)).toBe(versions);
  }
});

it.each([
  [{ 'invoice.paid': 1, 'invoice.payd': 1 }, 'UNKNOWN_EVENT', 'eventVersions'],
  [
    { 'invoice.paid': 2 },
    'INVALID_INPUT',
    'eventVersions.invoice.paid: version 2 cannot be sent, because no downcast of the catalog renders it; possible: 1, 3',
  ],
  [
    { 'order.made': 2 },
    'INVALID_INPUT',
    'eventVersions.order.made: the type is registered by JSON Schema, and only a typed catalog renders older versions',
  ],
])('rejects %j, and names what is possible', async (versions, code, message) => {
  await expect(check(versions)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message) as string,
  });
});
