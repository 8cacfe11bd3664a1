import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));

/** The one module that catalogs need. All of the client takes a second to load. */
const define = fileURLToPath(new URL('../../shared/src/catalog/define-catalog.ts', import.meta.url));

export interface CatalogFolder extends AsyncDisposable {
  readonly path: string;
  write(name: string, text: string): Promise<string>;
  read(name: string): Promise<string>;
}

/** A folder for catalog files, inside of this tree so that they find zod. */
export async function createCatalogFolder(): Promise<CatalogFolder> {
  await mkdir(cache, { recursive: true });
  const path = await mkdtemp(join(cache, 'catalog-'));
  await writeFile(join(path, 'package.json'), '{"type":"module"}');
  return {
    path,
    write: async (name, text) => {
      await writeFile(join(path, name), text);
      return join(path, name);
    },
    read: async (name) => await readFile(join(path, name), 'utf8'),
    [Symbol.asyncDispose]: async () => {
      await rm(path, { recursive: true });
    },
  };
}

/** A file that exports a catalog with the event `invoice.paid`. */
export function catalogText({
  name = 'acme',
  fields = 'invoiceId: z.string()',
  example = "invoiceId: 'inv_1'",
  type = 'invoice.paid',
  version = 1,
}: {
  readonly name?: string;
  readonly fields?: string;
  readonly example?: string;
  readonly type?: string;
  readonly version?: number;
} = {}): string {
  return `
    import { defineCatalog } from ${JSON.stringify(define)};
    import * as z from 'zod';
    export const ${name} = defineCatalog({
      '${type}': {
        description: 'An invoice is paid.',
        version: ${version},
        schema: z.object({ ${fields} }),
        example: { ${example} },
      },
    });
  `;
}
