import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'tsdown';

// `as`: the manifest of this folder.
const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The server reads its version from a file that the bundle does not have. */
const inlineVersion = {
  name: 'inline-version',
  load: (id: string) =>
    /server[\\/]src[\\/]version\.ts$/.test(id)
      ? `export const version = ${JSON.stringify(version)};`
      : undefined,
};

/** The declarations of both formats differ only in the names of their files. */
function writeDeclarationsForRequire(folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.d.ts'))) {
    const code = readFileSync(join(folder, name), 'utf8');
    const target = join(folder, name.replace(/\.d\.ts$/, '.d.cts'));
    writeFileSync(target, code.replaceAll(/(["']\.\/[^"']+)\.js(["'])/g, '$1.cjs$2'));
  }
}

const shared = {
  tsconfig: 'tsconfig.json',
  outExtensions: ({ format }: { readonly format: string }) =>
    format === 'cjs' ? { js: '.cjs', dts: '.d.cts' } : { js: '.js', dts: '.d.ts' },
};

/**
 * What is published: three entries as ESM and CJS, with what they use of the server and of `shared` put inline. Run
 * it through `npm run build -w server/testing`: the declarations come from `tsc -b`.
 */
export default defineConfig([
  {
    ...shared,
    entry: { index: 'src/index.ts', jest: 'src/jest.ts', vitest: 'src/vitest.ts' },
    format: ['esm', 'cjs'],
    platform: 'node',
    target: 'es2022',
    dts: false,
    plugins: [inlineVersion],
    // `shared` is private.
    deps: { alwaysBundle: ['@tocsin/shared'], onlyBundle: [] },
    inputOptions: { resolve: { conditionNames: ['@tocsin/source', 'import', 'default'] } },
  },
  {
    ...shared,
    entry: ['index', 'jest', 'vitest'].map((name) => `./.types/${name}.d.ts`),
    format: ['esm'],
    clean: false,
    // The declarations name their sources.
    inputOptions: { resolve: { extensionAlias: { '.ts': ['.ts', '.d.ts'] } } },
    dts: { emitDtsOnly: true, sourcemap: false },
    hooks: { 'build:done': ({ options }) => writeDeclarationsForRequire(options.outDir) },
  },
]);
