import { describe, expect, it } from 'vitest';
import type { EventTypeRegistration } from '@tocsin/shared';
import { toRegistration } from '../../../../server/src/services/event-types/registration-rules.ts';

const schema = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };
const given: EventTypeRegistration = { type: 'invoice.paid', description: 'd', schema, example: { id: 'a' } };

/** The versions after some registrations. */
function register(...changes: readonly Partial<EventTypeRegistration>[]) {
  const kinds: string[] = [];
  let versions: Parameters<typeof toRegistration>[0] = undefined;
  for (const [index, change] of changes.entries()) {
    const outcome = toRegistration(versions, { ...given, ...change }, index + 1);
    kinds.push(outcome.kind === 'rejected' ? outcome.problem : `${outcome.kind} ${outcome.version}`);
    if ('versions' in outcome) versions = { versions: outcome.versions };
  }
  return { kinds, versions: versions?.versions ?? [] };
}

const stricter = {
  ...schema,
  required: ['id', 'total'],
  properties: { ...schema.properties, total: { type: 'integer' } },
};

describe('the registration of an event type', () => {
  it('is the first version unless it names another one', () => {
    expect(register({}).kinds).toEqual(['created 1']);
    expect(register({ version: 3 }, {}).kinds).toEqual(['created 3', 'unchanged 3']);
  });

  it('changes nothing if it is identical, and the version if it stays compatible', () => {
    const { kinds, versions } = register(
      {},
      { schema: structuredClone(schema) },
      { description: 'e' },
      {
        description: 'e',
        schema: { ...schema, properties: { ...schema.properties, note: { type: 'string' } } },
      },
    );
    expect(kinds).toEqual(['created 1', 'unchanged 1', 'updated 1', 'updated 1']);
    expect(versions).toMatchObject([{ version: 1, description: 'e', createdAt: 1, updatedAt: 4 }]);
  });

  it.each<[string, Partial<EventTypeRegistration>]>([
    ['description', { description: 'e' }],
    ['example', { example: { id: 'b' } }],
    ['order of fields', { schema: { ...schema, properties: { note: {}, ...schema.properties } } }],
    ['presentation', { presentation: { title: 'Paid' } as EventTypeRegistration['presentation'] }],
  ])('is an update if another %s is all that changes', (_, change) => {
    expect(register({}, change, change).kinds).toEqual(['created 1', 'updated 1', 'unchanged 1']);
    expect(register(change, {}).kinds[1]).toMatch(/^(updated 1|breaks version 1)/);
  });

  it('that breaks a version is rejected unless it comes as a new one', () => {
    const example = { id: 'a', total: 1 };
    const { kinds, versions } = register(
      {},
      { schema: stricter, example },
      { schema: stricter, example, version: 2 },
      {
        version: 1,
      },
    );
    expect(kinds).toEqual([
      'created 1',
      expect.stringMatching(/^breaks version 1: data\.total \(.+\) .+; register it as version 2$/),
      'new_version 2',
      'unchanged 1',
    ]);
    expect(versions.map(({ version }) => version)).toEqual([1, 2]);
  });

  it('that breaks a version in many places names the first five', () => {
    const fieldsOf = (type: string) => ({
      type: 'object',
      properties: Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`field${n}`, { type }])),
    });
    const [, problem] = register(
      { schema: fieldsOf('string'), example: {} },
      { schema: fieldsOf('integer'), example: {} },
    ).kinds;
    expect(problem).toMatch(
      /^breaks version 1: (data\.field\d \([^;]+; ){5}and 2 more; register it as version 2$/,
    );
  });

  it('of an older version that does not exist is rejected, and of more than twenty versions', () => {
    expect(register({ version: 3 }, { version: 2 }).kinds[1]).toBe(
      'version 2 does not exist; a new one is above 3',
    );
    const many = Array.from({ length: 21 }, (_, n) => ({ version: n + 1 }));
    expect(register(...many).kinds.at(-1)).toBe('has 20 versions already, which is the limit');
  });
});
