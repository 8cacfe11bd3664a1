import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isCatalog, type AnyCatalog, type CatalogEvent } from '@tocsin/shared';

/** A catalog that cannot be loaded. The message is a sentence. */
export class CatalogLoadError extends Error {
  override readonly name = 'CatalogLoadError';
}

/** The event types of all loaded catalogs. */
export type LoadedCatalog = Pick<AnyCatalog, 'definitions'>;

/**
 * Loads the catalogs that modules export: paths from a folder, such as `./acme-events.ts`, or names of packages that
 * are installed there. TypeScript runs as it is.
 *
 * @throws CatalogLoadError that names the module and what to do
 */
export async function loadCatalogs(specifiers: readonly string[], folder: string): Promise<LoadedCatalog> {
  const definitions: Record<string, CatalogEvent> = {};
  const sources = new Map<string, string>();
  for (const specifier of specifiers) {
    for (const [name, definition] of await loadDefinitions(specifier, folder)) {
      const other = sources.get(name);
      if (other !== undefined && definitions[name] !== definition) {
        const where = other === specifier ? `twice in ${specifier}` : `in ${other} and in ${specifier}`;
        throw new CatalogLoadError(`'${name}' is defined ${where}; remove one of the definitions`);
      }
      definitions[name] = definition;
      sources.set(name, specifier);
    }
  }
  return { definitions };
}

async function loadDefinitions(
  specifier: string,
  folder: string,
): Promise<readonly (readonly [string, CatalogEvent])[]> {
  const exported = listExports(await load(specifier, folder));
  const catalogs = exported.flatMap(([, value]) => (isCatalog(value) ? [value] : []));
  if (catalogs.length > 0) return catalogs.flatMap(({ definitions }) => Object.entries(definitions));
  const names = exported.map(([name]) => name).join(', ');
  throw new CatalogLoadError(
    `${specifier} exports no catalog; export the result of defineCatalog (its exports are ${names === '' ? 'none' : names})`,
  );
}

/** The exports of a module. Those of a CommonJS module are properties of its default export. */
function listExports(module: Readonly<Record<string, unknown>>): (readonly [string, unknown])[] {
  const own = Object.entries(module).filter(([name]) => name !== '__esModule' && name !== 'module.exports');
  const inner = module['default'];
  if (typeof inner !== 'object' || inner === null || isCatalog(inner)) return own;
  return [...own.filter(([name]) => name !== 'default'), ...Object.entries(inner)];
}

async function load(specifier: string, folder: string): Promise<Readonly<Record<string, unknown>>> {
  const parent = pathToFileURL(resolve(folder, 'catalog.js')).href;
  try {
    // Only here, because most servers load no catalog.
    const { tsImport } = await import('tsx/esm/api');
    // `as`: a module is an object with its exports.
    return (await tsImport(specifier, parent)) as Record<string, unknown>;
  } catch (error) {
    throw new CatalogLoadError(toSentence(specifier, folder, error), { cause: error });
  }
}

function toSentence(specifier: string, folder: string, error: unknown): string {
  const { code, message, name } =
    error instanceof Error ? toFields(error) : { code: '', message: String(error), name: '' };
  const isPath = specifier.startsWith('.') || specifier.startsWith('/');
  const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ENOENT';
  const target = isPath ? resolve(folder, specifier) : specifier;
  if (isMissing && message.includes(`'${target}'`)) {
    if (isPath) {
      return `${specifier} does not exist in ${folder}; check the path, which starts from the working directory`;
    }
    return existsSync(resolve(folder, specifier))
      ? `the package ${specifier} is not installed in ${folder}; for the file of this name, write ./${specifier}`
      : `the package ${specifier} is not installed in ${folder}; install it, or begin a path with ./`;
  }
  if (isMissing)
    return `${specifier} cannot be loaded, because a module that it imports is missing: ${toLine(message)}`;
  if (name === 'SyntaxError' || name === 'TransformError') {
    return `${specifier} has a syntax error: ${toLine(message)}`;
  }
  return `${specifier} cannot be loaded: ${toLine(message)}`;
}

function toFields(error: Error): { readonly code: string; readonly message: string; readonly name: string } {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // esbuild does not set the name of its errors.
  const name = /transform failed/i.test(error.message) ? 'TransformError' : error.name;
  return { code, message: error.message, name };
}

/** The line of a message that says the most: that with the place of a syntax error, or the first one. */
function toLine(message: string): string {
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => /:\d+:\d+: /.test(line)) ?? lines[0] ?? '').trim();
}
