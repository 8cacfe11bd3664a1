import fc from 'fast-check';
import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import {
  anyEventTypes,
  getEventDefinition,
  eventTypes,
  eventTypesFor,
  isAnyEventType,
  isEventType,
  payloadJsonSchema,
} from '@tocsin/shared';

const authon = [
  'user.login',
  'user.register',
  'user.ban',
  'license.activate',
  'license.expire',
  'license.delete',
  'file.download',
  'session.create',
];

const authforge = [
  'license.validated',
  'license.created',
  'license.revoked',
  'license.activated',
  'license.hwid_bound',
  'license.hwid_reset',
  'license.deleted',
];

/** The keys of each payload, in the order that the contract fixes. */
const payloadKeys: Record<string, readonly string[]> = {
  'user.login': ['userId', 'username', 'ip', 'hwid', 'appId'],
  'user.register': ['userId', 'username', 'licenseKey', 'ip', 'appId'],
  'user.ban': ['userId', 'username', 'reason', 'bannedBy', 'appId'],
  'license.activate': ['licenseId', 'key', 'durationType', 'level', 'activatedBy', 'appId'],
  'license.expire': ['licenseId', 'key', 'durationType', 'level', 'userId', 'expiredAt', 'appId'],
  'license.delete': ['licenseId', 'key', 'deletedBy', 'appId'],
  'file.download': ['userId', 'username', 'fileId', 'fileName', 'ip', 'appId'],
  'session.create': ['sessionId', 'userId', 'username', 'ip', 'hwid', 'expiresAt', 'appId'],
  test: ['message', 'appId', 'webhookId'],
  'license.validated': ['licenseKey', 'appId', 'status', 'hwid'],
  'license.created': ['licenseKey', 'appId', 'status', 'expiresAt', 'maxHwidSlots', 'label'],
  'license.revoked': ['licenseKey', 'appId', 'status'],
  'license.activated': ['licenseKey', 'appId', 'status'],
  'license.hwid_bound': ['licenseKey', 'appId', 'status', 'hwid', 'slot', 'maxHwidSlots', 'ip'],
  'license.hwid_reset': ['licenseKey', 'appId', 'status', 'hwidCount'],
  'license.deleted': ['licenseKey', 'appId', 'status'],
  'test.ping': ['licenseKey', 'appId', 'message'],
};

describe('the catalog', () => {
  it('has the 15 events of the two contracts and their two test pings', () => {
    expect(eventTypes).toEqual([...authon, ...authforge]);
    expect([...anyEventTypes].sort()).toEqual([...authon, ...authforge, 'test', 'test.ping'].sort());
  });

  it('gives each mount the events of its own contract, which are disjoint', () => {
    expect(eventTypesFor('authon')).toEqual(authon);
    expect(eventTypesFor('authforge')).toEqual(authforge);
  });

  it('knows the test pings, which cannot be published or subscribed to', () => {
    for (const name of ['test', 'test.ping']) {
      expect(isAnyEventType(name)).toBe(true);
      expect(isEventType(name)).toBe(false);
    }
  });

  it('does not treat object properties as events', () => {
    for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty', '']) {
      expect(isAnyEventType(name)).toBe(false);
      expect(isEventType(name)).toBe(false);
    }
  });
});

describe.each(anyEventTypes)('%s', (type) => {
  const { schema, example, description } = getEventDefinition(type);

  it('describes when it is sent', () => {
    expect(description).toMatch(/^[A-Z].*\.$/);
  });

  it("has the contract's fields in the contract's order, and an example with all of them", () => {
    expect(Object.keys(schema.shape)).toEqual(payloadKeys[type]);
    expect(Object.keys(example)).toEqual(payloadKeys[type]);
  });

  it('has a valid example', () => {
    expect(schema.parse(example)).toEqual(example);
  });

  it('requires each of its fields', () => {
    for (const key of payloadKeys[type] ?? []) {
      const { [key]: _, ...rest } = example;
      expect(schema.safeParse(rest).success).toBe(false);
    }
  });

  it("serializes in the schema's order, with unknown fields last and unchanged", () => {
    const unknown = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,8}$/), fc.jsonValue(), { maxKeys: 4 });
    fc.assert(
      fc.property(
        fc.shuffledSubarray(Object.entries(example), { minLength: Object.keys(example).length }),
        unknown,
        (entries, extra) => {
          const parsed = schema.parse({ ...extra, ...Object.fromEntries(entries) });
          expect(JSON.stringify(parsed)).toBe(JSON.stringify({ ...example, ...extra }));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('has a JSON Schema (2020-12) equal to the zod schema that allows unknown fields', () => {
    const json = payloadJsonSchema(type);
    expect(json).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      required: payloadKeys[type],
    });
    expect(json['additionalProperties']).not.toBe(false);
    const validator = z.fromJSONSchema(json);
    expect(validator.safeParse({ ...example, x_unknown: [1] }).error).toBeUndefined();
    for (const key of payloadKeys[type] ?? []) {
      const broken = { ...example, [key]: { not: 'a value of any field' } };
      expect(validator.safeParse(broken).success).toBe(false);
      expect(schema.safeParse(broken).success).toBe(false);
    }
  });
});
