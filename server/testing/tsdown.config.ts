import { defineConfig } from 'tsdown';
import { writeDeclarationsForRequire } from '../../scripts/bundle-declarations.ts';
import { inlineVersion } from './scripts/inline-version.ts';

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
    // `shared` is private. The others are ES modules only, which jest cannot load from CommonJS.
    deps: {
      alwaysBundle: ['@tocsin/shared', 'p-retry', 'is-network-error'],
      onlyBundle: ['p-retry', 'is-network-error'],
    },
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
