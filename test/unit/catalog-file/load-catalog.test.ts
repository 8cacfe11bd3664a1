import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toSnapshot, toTypedEvents } from '../../../server/src/catalog-file/describe-events.ts';
import { loadCatalogs } from '../../../server/src/catalog-file/load-catalog.ts';
import { catalogText, createCatalogFolder, type CatalogFolder } from '../../support/catalog-folder.ts';

let folder: CatalogFolder;

beforeAll(async () => {
  folder = await createCatalogFolder();
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const load = async (...specifiers: readonly string[]) => await loadCatalogs(specifiers, folder.path);

let count = 0;

/** The message of the error that loading one file throws. */
async function messageOf(text: string): Promise<string> {
  // A new name each time, because a module is loaded once.
  const name = `wrong-${(count += 1)}.ts`;
  await folder.write(name, text);
  return await load(`./${name}`).then(
    () => 'loaded',
    (error: unknown) => String(error).replaceAll(name, 'wrong.ts').replaceAll(folder.path, '/folder'),
  );
}

describe('loadCatalogs', () => {
  it('loads TypeScript that imports other files', async () => {
    await folder.write('amount.ts', "import * as z from 'zod';\nexport const amount = z.int();");
    await folder.write(
      'imports.ts',
      `import { amount } from './amount.ts';\n${catalogText({ fields: 'amount', example: 'amount: 3' })}`,
    );
    const events = await load('./imports.ts');
    expect([...events.keys()]).toEqual(['invoice.paid']);
    expect(events.get('invoice.paid')?.example).toEqual({ amount: 3 });
  });

  it('merges all catalogs of all files, in their order', async () => {
    await folder.write('one.ts', catalogText({ type: 'b.one' }));
    await folder.write('two.ts', `${catalogText({ type: 'a.two' })}\nexport default acme;`);
    expect([...(await load('one.ts', './two.ts')).keys()]).toEqual(['b.one', 'a.two']);
  });

  it('accepts a merged catalog beside its parts', async () => {
    await folder.write(
      'merged.ts',
      `import { mergeCatalogs } from '@tocsin/shared';\n${catalogText()}\nexport const all = mergeCatalogs(acme);`,
    );
    expect([...(await load('./merged.ts')).keys()]).toEqual(['invoice.paid']);
  });

  it('names both places of a second definition', async () => {
    await folder.write('first.ts', catalogText());
    await folder.write('second.ts', catalogText({ name: 'other' }));
    await expect(load('./first.ts', './second.ts')).rejects.toThrow(
      `two definitions of 'invoice.paid': export "acme" of ./first.ts and export "other" of ./second.ts`,
    );
  });

  it('names a file that does not exist, and a package that is not installed', async () => {
    await expect(load('./none.ts')).rejects.toThrow(
      `./none.ts: there is no such file (${folder.path}/none.ts)`,
    );
    await expect(load('acme-events')).rejects.toThrow(
      'acme-events: no package of this name is installed here. Write a path as ./acme-events',
    );
  });

  it.each([
    [
      'export const a = 1;\nexport const b = {{;',
      'syntax error at /folder/wrong.ts:2:18: Expected identifier but found "{"',
    ],
    ["import './gone.ts';", "does not load: Cannot find module '"],
    ["import 'gone';", 'does not load: Cannot find '],
    ["throw new Error('boom');", 'does not load: boom'],
    [catalogText({ type: 'Invoice' }), "does not load: 'Invoice' is not an event type"],
    [
      'export const a = 1, b = {};',
      'exports no catalog; it exports "a", "b". Export the result of defineCatalog',
    ],
    ['', 'exports no catalog; it exports nothing.'],
  ])('says why %j does not load', async (text, message) => {
    expect(await messageOf(text)).toContain(`CatalogFileError: ./wrong.ts: ${message}`);
  });

  it('says that a schema is asynchronous', async () => {
    expect(
      await messageOf(catalogText({ fields: 'n: z.string().refine(async () => true)', example: "n: ''" })),
    ).toContain('asynchronous');
  });
});

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
