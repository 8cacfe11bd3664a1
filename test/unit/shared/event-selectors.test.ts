import { expect, it } from 'vitest';
import * as z from 'zod';
import { defineCatalog, listProblems, setLimitsInput, toProblemsText } from '@tocsin/shared';
import {
  eventTypeName,
  eventTypeOrPattern,
  storedEventSelector,
  storedEventType,
} from '../../../shared/src/event-type.ts';
import { findEventFault } from '../../../shared/src/catalog/find-event-fault.ts';

it.each<[string, boolean, boolean, boolean, boolean]>([
  ['invoice.paid', true, true, true, true],
  ['invoice.*', false, true, false, true],
  ['*', false, true, false, true],
  ['test', false, false, true, true],
  ['test.ping', false, false, true, true],
  ['Invoice', false, false, false, false],
  ['invoice..paid', false, false, false, false],
  ['*.paid', false, false, false, false],
  ['', false, false, false, false],
  ['a'.repeat(101), false, false, false, false],
])('%s can be published, subscribed to, stored and searched for: %s, %s, %s, %s', (...given) => {
  const [name, ...allowed] = given;
  const schemas = [eventTypeName, eventTypeOrPattern, storedEventType, storedEventSelector];
  expect(schemas.map((schema) => schema.safeParse(name).success)).toEqual(allowed);
});

it('a change of limits names at least one', () => {
  const messageOf = (limits: object) =>
    toProblemsText(listProblems(setLimitsInput, { accountId: 'acc_1234', limits }));
  expect(messageOf({})).toBe('limits: must name at least one limit');
  for (const value of [0, 100_000, 'unlimited', null]) expect(messageOf({ apps: value })).toBe('');
  for (const value of [-1, 100_001, 1.5, 'none']) expect(messageOf({ apps: value })).not.toBe('');
});

const catalog = defineCatalog({
  'invoice.paid': {
    description: 'An invoice is paid.',
    schema: z.object({ appId: z.string(), total: z.int() }),
    example: { appId: 'app_a', total: 1 },
  },
});

it.each<[string, unknown, string | undefined]>([
  ['invoice.paid', { appId: 'app_a', total: 1 }, undefined],
  // The server supplies it.
  ['invoice.paid', { total: 1 }, undefined],
  ['invoice.paid', { appId: 3, total: 1 }, 'INVALID_INPUT invoice.paid: '],
  ['invoice.paid', { total: 'x' }, 'INVALID_INPUT invoice.paid: '],
  ['invoice.paid', null, 'INVALID_INPUT invoice.paid: '],
  ['invoice.paid', 'x', 'INVALID_INPUT invoice.paid: '],
  ['invoice.payd', {}, 'UNKNOWN_EVENT event: invoice.payd is not in the catalog of the client'],
  ['x'.repeat(200), {}, `UNKNOWN_EVENT event: ${'x'.repeat(100)} is not in the catalog of the client`],
])('a client finds in an event %s with the data %j: %s', (type, data, expected) => {
  const fault = findEventFault(catalog, type, data);
  if (expected === undefined) expect(fault).toBeUndefined();
  else expect(`${fault?.code} ${fault?.message}`.startsWith(expected)).toBe(true);
});
