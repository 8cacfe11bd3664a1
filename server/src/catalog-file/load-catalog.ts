import { access } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isCatalog, type AnyCatalog, type CatalogEvent } from '@tocsin/shared';
import { tsImport } from 'tsx/esm/api';

/** Event types by name, in the order of the files. */
export type CatalogEvents = ReadonlyMap<string, CatalogEvent>;

/** A catalog cannot be loaded. The message names the file and what to change. */
export class CatalogFileError extends Error {
  override readonly name = 'CatalogFileError';
}

/**
 * Loads the catalogs that files or packages export, TypeScript or JavaScript, and merges them.
 *
 * @param specifiers Paths such as `./acme-events.ts`, relative to `folder`, or names of packages that are
 * installed there.
 * @throws CatalogFileError if one does not load, exports no catalog, or defines an event type of another one.
 */
export async function loadCatalogs(specifiers: readonly string[], folder: string): Promise<CatalogEvents> {
  const events = new Map<string, CatalogEvent>();
  const places = new Map<string, string>();
  const duplicates: string[] = [];
  for (const specifier of specifiers) {
    for (const [name, catalog] of await loadExports(specifier, folder)) {
      for (const [type, event] of Object.entries(catalog.definitions)) {
        const place = `export "${name}" of ${specifier}`;
        const known = events.get(type);
        if (known !== undefined && !isSameEvent(known, event)) {
          duplicates.push(`two definitions of '${type}': ${places.get(type)} and ${place}`);
        }
        if (known === undefined) places.set(type, place);
        events.set(type, known ?? event);
      }
    }
  }
  if (duplicates.length > 0) throw new CatalogFileError(duplicates.join('\n'));
  return events;
}

/** A file may export a catalog beside the merged catalog that contains it. */
function isSameEvent(a: CatalogEvent, b: CatalogEvent): boolean {
  return a === b || a.schema === b.schema;
}

/** Returns the catalogs that a file exports, by the name of the export. */
async function loadExports(
  specifier: string,
  folder: string,
): Promise<readonly (readonly [string, AnyCatalog])[]> {
  const isPath = specifier.startsWith('.') || isAbsolute(specifier) || /\.[cm]?[jt]sx?$/.test(specifier);
  const path = resolve(folder, specifier);
  if (isPath && !(await exists(path))) {
    throw new CatalogFileError(`${specifier}: there is no such file (${path})`);
  }
  let exported: object;
  try {
    const parent = pathToFileURL(`${folder}/`).href;
    // `as`: an import returns an object, which is checked below.
    exported = (await tsImport(isPath ? pathToFileURL(path).href : specifier, parent)) as object;
  } catch (error) {
    throw new CatalogFileError(`${specifier}: ${toLoadMessage(error, specifier)}`, { cause: error });
  }
  const named = listExports(exported);
  const catalogs = named.flatMap(([name, value]) => (isCatalog(value) ? [[name, value] as const] : []));
  if (catalogs.length > 0) return catalogs;
  const names = named.map(([name]) => `"${name}"`).join(', ');
  throw new CatalogFileError(
    `${specifier}: exports no catalog; it exports ${names === '' ? 'nothing' : names}. ` +
      'Export the result of defineCatalog from @tocsin/client/catalog',
  );
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** The exports by name. A CommonJS module has them inside of `default` as well. */
function listExports(exported: object): readonly (readonly [string, unknown])[] {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(exported);
  const own = entries.filter(
    ([name]) => name !== 'default' && name !== 'module.exports' && name !== '__esModule',
  );
  const inner: unknown = Reflect.get(exported, 'default');
  if (inner === undefined) return own;
  if (isCatalog(inner) || own.length > 0 || typeof inner !== 'object' || inner === null) {
    const isRepeated = own.some(([, value]) => value === inner) || (own.length > 0 && !isCatalog(inner));
    return isRepeated ? own : [...own, ['default', inner]];
  }
  return [...Object.entries(inner), ['default', inner]];
}

function toLoadMessage(error: unknown, specifier: string): string {
  const message = error instanceof Error ? error.message : String(error);
  // Written by esbuild: `/path/acme-events.ts:2:18: ERROR: Expected ";" but found "}"`.
  const syntax = /^(.+:\d+:\d+): ERROR: (.+)$/m.exec(message);
  if (syntax !== null) return `syntax error at ${syntax[1]}: ${syntax[2]}`;
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  const isMissing = code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
  const [first = ''] = message.split('\n');
  // The loader tells its copies of a module apart by a query.
  const text = first.replaceAll(/\?namespace=[\w-]+/g, '');
  if (isMissing && text.includes(`'${specifier}'`)) {
    return `no package of this name is installed here. Write a path as ./${specifier}`;
  }
  if (isMissing) return `does not load: ${text}. Install it, or correct the import`;
  return `does not load: ${text}`;
}
