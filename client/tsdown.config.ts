import { defineConfig } from 'tsdown';

/**
 * What is published: six entries as ESM and CJS, with what they use of `shared` put inline. Run it through
 * `npm run build -w client`: it needs the declarations that `tsc -b` makes.
 */
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    catalog: 'src/catalog.ts',
    outbox: 'src/outbox/index.ts',
    receiver: 'src/receiver/index.ts',
    schemas: 'src/schemas.ts',
    trpc: 'src/trpc.ts',
  },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  tsconfig: 'tsconfig.json',
  dts: { build: true, sourcemap: false },
  // `shared` is private.
  deps: { alwaysBundle: ['@tocsin/shared'], onlyBundle: [] },
  inputOptions: { resolve: { conditionNames: ['@tocsin/source', 'import', 'default'] } },
  outputOptions: {
    // The zod schemas by themselves: a bundler drops a file of which nothing is used, but not the half of one.
    codeSplitting: {
      groups: [{ name: 'catalog', test: /shared[\\/]src[\\/]events[\\/](?!built-in-checks|operational)/ }],
    },
  },
  outExtensions: ({ format }) =>
    format === 'cjs' ? { js: '.cjs', dts: '.d.cts' } : { js: '.js', dts: '.d.ts' },
});
