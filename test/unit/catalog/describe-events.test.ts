import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toSnapshot, toTypedEvents } from '../../../server/src/catalog/describe-events.ts';
import { loadCatalogs } from '../../../server/src/catalog/load-catalogs.ts';
import { catalogText, createCatalogFolder, type CatalogFolder } from '../../support/catalog-folder.ts';

let folder: CatalogFolder;

beforeAll(async () => {
  folder = await createCatalogFolder();
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const load = async (...specifiers: readonly string[]) => await loadCatalogs(specifiers, folder.path);

describe('toSnapshot', () => {
  it('describes each event type by its JSON Schema', async () => {
    await folder.write('snapshot.ts', catalogText({ version: 3 }));
    expect(toSnapshot(await load('./snapshot.ts'))).toEqual({
      version: 1,
      eventTypes: [
        {
          type: 'invoice.paid',
          version: 3,
          description: 'An invoice is paid.',
          schema: {
            $schema: 'https://json-schema.org/draft/2020-12/schema',
            type: 'object',
            properties: { invoiceId: { type: 'string' } },
            required: ['invoiceId'],
          },
          example: { invoiceId: 'inv_1' },
        },
      ],
    });
  });

  it('names all event types that have no JSON Schema, or too large a one', async () => {
    await folder.write('dates.ts', catalogText({ fields: 'at: z.date().optional()', example: '' }));
    const many =
      'a: z.object(Object.fromEntries(Array.from({ length: 501 }, (_, n) => ["f" + n, z.string().optional()])))';
    await folder.write('large.ts', catalogText({ type: 'a.large', fields: many, example: 'a: {}' }));
    const events = await load('./dates.ts', './large.ts');
    expect(() => toSnapshot(events)).toThrow(
      /^invoice\.paid: data\.at: JSON has no dates.*\na\.large: #: declares 502 fields; the limit is 500$/,
    );
  });

  it('describes what receivers get', async () => {
    await folder.write('sides.ts', catalogText({ fields: "tag: z.string().default('x')", example: '' }));
    const [event] = toTypedEvents(await load('./sides.ts'));
    expect(event).toMatchObject({ type: 'invoice.paid', output: { required: ['tag'] } });
    expect(event?.input).not.toHaveProperty('required');
  });
});
