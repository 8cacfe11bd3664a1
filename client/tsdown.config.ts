import { defineConfig } from 'tsdown';
import { nameSources, writeDeclarationsForRequire } from '../scripts/bundle-declarations.ts';

const entries = {
  index: 'index',
  catalog: 'catalog',
  outbox: 'outbox/index',
  receiver: 'receiver/index',
  schemas: 'schemas',
  trpc: 'trpc',
};

/** Where `tsc -b` writes the declarations. */
const types = '../node_modules/.cache/tocsin-client-types';

const toEntry = (toPair: (name: string, path: string) => readonly [string, string]) =>
  Object.fromEntries(Object.entries(entries).map(([name, path]) => toPair(name, path)));

const shared = {
  platform: 'neutral' as const,
  target: 'es2022',
  tsconfig: 'tsconfig.json',
  // `shared` is private.
  deps: { alwaysBundle: ['@tocsin/shared'], onlyBundle: [] },
  outExtensions: ({ format }: { readonly format: string }) =>
    format === 'cjs' ? { js: '.cjs', dts: '.d.cts' } : { js: '.js', dts: '.d.ts' },
};

/**
 * What is published: six entries as ESM and CJS, with what they use of `shared` put inline. Run it through
 * `npm run build -w client`: the declarations come from `tsc -b`.
 */
export default defineConfig([
  {
    ...shared,
    entry: toEntry((name, path) => [name, `src/${path}.ts`]),
    format: ['esm', 'cjs'],
    dts: false,
    inputOptions: { resolve: { conditionNames: ['@tocsin/source', 'import', 'default'] } },
    outputOptions: {
      // The zod schemas by themselves: a bundler drops a file of which nothing is used, but not the half of one.
      codeSplitting: {
        groups: [{ name: 'catalog', test: /shared[\\/]src[\\/]events[\\/](?!built-in-checks|operational)/ }],
      },
    },
  },
  {
    ...shared,
    entry: toEntry((name, path) => [`${name}.d`, `${types}/${path}.d.ts`]),
    format: ['esm'],
    clean: false,
    inputOptions: {
      resolve: {
        conditionNames: ['types', 'import', 'default'],
        // The declarations name their sources.
        extensionAlias: { '.ts': ['.ts', '.d.ts'] },
      },
    },
    dts: { emitDtsOnly: true, sourcemap: false },
    hooks: {
      'build:done': ({ options: { outDir } }) => {
        nameSources(outDir, types, 'src');
        writeDeclarationsForRequire(outDir);
      },
    },
  },
]);
