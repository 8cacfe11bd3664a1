import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import * as shared from '@tocsin/shared';

/*
 * The schemas that callers and receivers depend on, as JSON Schema. A change of one changes the API: it must show in the
 * review of the recorded file. Record a change with
 * `npx vitest run --project unit -u test/unit/shared/wire-schemas.test.ts`.
 */

const schemas = Object.entries(shared).flatMap(([name, value]) =>
  value instanceof z.ZodType ? [[name, value] as const] : [],
);

/** JSON with one line per entry, so that a diff names what changed. */
function toLines(entries: Record<string, unknown>): string {
  const lines = Object.entries(entries).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  return `{\n${lines.join(',\n')}\n}\n`;
}

describe('the wire schemas', () => {
  it('are the recorded ones', async () => {
    const current = Object.fromEntries(
      schemas.map(([name, schema]) => [
        name,
        z.toJSONSchema(schema, {
          io: 'input',
          unrepresentable: 'any',
          // Words are not part of the API.
          override: ({ jsonSchema }) => delete jsonSchema.description,
        }),
      ]),
    );
    expect(schemas.length).toBeGreaterThan(40);
    await expect(toLines(current)).toMatchFileSnapshot('../../fixtures/wire/schemas.json');
  });

  it('describe the recorded events', async () => {
    const events = Object.fromEntries(
      shared.anyEventTypes.map((type) => {
        const { schema: _, ...definition } = shared.getEventDefinition(type);
        return [type, { ...definition, schema: shared.payloadJsonSchema(type) }];
      }),
    );
    await expect(toLines(events)).toMatchFileSnapshot('../../fixtures/wire/events.json');
  });

  it('have the recorded error table', async () => {
    await expect(toLines(shared.errorTable)).toMatchFileSnapshot('../../fixtures/wire/errors.json');
  });
});

describe('an invalid value', () => {
  const webhook = { appId: 'a', url: 'https://x.example', events: ['user.login'] };
  const event = { appId: 'a', event: 'user.login', data: {} };

  it.each([
    ['an empty URL', shared.createWebhookInput, { ...webhook, url: '' }, 'must not be empty'],
    [
      'a long URL',
      shared.createWebhookInput,
      { ...webhook, url: 'x'.repeat(4097) },
      'must have at most 4096 characters, has 4097',
    ],
    ['no event', shared.createWebhookInput, { ...webhook, events: [] }, 'must name at least one event'],
    [
      'an unknown event',
      shared.createWebhookInput,
      { ...webhook, events: ['X'.repeat(90)] },
      `unknown event "${'X'.repeat(80)}"; a name has lower-case parts joined by dots, such as invoice.paid`,
    ],
    [
      'an event that is no text',
      shared.createWebhookInput,
      { ...webhook, events: [7] },
      'unknown event of type number; it must be a string, such as invoice.paid',
    ],
    [
      'an event with a long name',
      shared.publishInput,
      { ...event, event: 'x'.repeat(200) },
      `unknown event "${'x'.repeat(80)}"; a name has at most 100 characters`,
    ],
    [
      'an event with a control character',
      shared.publishInput,
      { ...event, event: 'a.\u0007' },
      'unknown event "a.\\u0007"; a name has lower-case parts joined by dots, such as invoice.paid',
    ],
    [
      'a reserved event',
      shared.createWebhookInput,
      { ...webhook, events: ['test'] },
      'unknown event "test"; it is reserved, like test, test.*, unknown and tocsin.*',
    ],
    [
      'a pattern of a part of a word',
      shared.createWebhookInput,
      { ...webhook, events: ['inv*'] },
      'unknown event "inv*"; a name has lower-case parts joined by dots, such as invoice.paid',
    ],
    [
      'a pattern to publish',
      shared.publishInput,
      { ...event, event: 'invoice.*' },
      'unknown event "invoice.*"; a name has lower-case parts joined by dots, such as invoice.paid',
    ],
    ['no scope', shared.createKeyInput, { name: 'a', scopes: [] }, 'must name at least one scope'],
    [
      'an idempotency key with a space',
      shared.publishInput,
      { ...event, idempotencyKey: 'a b' },
      'must be 1 to 128 visible ASCII characters',
    ],
  ] as const)('is named: %s', (_name, schema, input, message) => {
    expect(shared.listProblems(schema, input).map((problem) => problem.message)).toEqual([message]);
  });

  it.each([
    [shared.webhookId, 'wh_1'],
    [shared.eventId, 'evt_1'],
    [shared.deliveryId, 'dlv_1'],
    [shared.accountId, 'acc'],
    [shared.apiKeyId, 'key'],
    [shared.replayId, 'rpl_1'],
    [shared.appId, '-'],
  ])('of an id says its form: %#', (schema, text) => {
    expect(schema.safeParse(text).error?.issues[0]?.message).toMatch(/^must /);
  });

  it.each([
    ['0000-01-01T00:00:00Z', []],
    ['9999-12-31T23:59:59.999Z', []],
    ['2026-11-26T08:00:00+02:00', []],
    ['0000-01-01T00:00:00+01:00', ['must be within the years 0000 to 9999 of UTC']],
    ['9999-12-31T23:59:59-01:00', ['must be within the years 0000 to 9999 of UTC']],
    ['2026-02-30T00:00:00Z', ['must be a valid ISO 8601 time, such as 2026-01-31T09:30:00Z']],
    ['2026-01-01', ['must be a valid ISO 8601 time, such as 2026-01-31T09:30:00Z']],
  ])('of a timestamp is named: %s', (timestamp, messages) => {
    const problems = shared.listProblems(shared.publishInput, { ...event, timestamp });
    expect(problems.map((problem) => problem.message)).toEqual(messages);
  });
});

describe('a transformed value', () => {
  it('contains each event and each scope once', () => {
    const { events } = shared.createWebhookInput.parse({
      appId: 'a',
      url: 'x',
      events: ['user.login', 'user.ban', 'user.login'],
    });
    expect(events).toEqual(['user.login', 'user.ban']);
    const { scopes } = shared.createKeyInput.parse({ name: 'a', scopes: ['*', 'events:read', '*'] });
    expect(scopes).toEqual(['*', 'events:read']);
  });
});
