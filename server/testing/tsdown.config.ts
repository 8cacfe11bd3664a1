import { defineConfig } from 'tsdown';

/**
 * What is published: three entries as ESM and CJS, with what they use of the server and of `shared` put inline. Run
 * it through `npm run build -w server/testing`: it needs the declarations that `tsc -b` makes.
 */
export default defineConfig({
  entry: { index: 'src/index.ts', jest: 'src/jest.ts', vitest: 'src/vitest.ts' },
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'es2022',
  tsconfig: 'tsconfig.json',
  dts: { build: true, sourcemap: false },
  // `shared` is private.
  deps: { alwaysBundle: ['@tocsin/shared'], onlyBundle: [] },
  inputOptions: { resolve: { conditionNames: ['@tocsin/source', 'import', 'default'] } },
  outExtensions: ({ format }) =>
    format === 'cjs' ? { js: '.cjs', dts: '.d.cts' } : { js: '.js', dts: '.d.ts' },
});
