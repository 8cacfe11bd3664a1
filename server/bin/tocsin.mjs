#!/usr/bin/env node
/*
 * An installed package runs its compiled JavaScript. A checkout runs the TypeScript sources, as `npm start` does: by
 * tsx, with the condition by which the packages of the repository find each other's sources.
 */
import { existsSync } from 'node:fs';
import { register } from 'node:module';

const sources = new URL('../src/cli/main.ts', import.meta.url);

if (existsSync(sources)) {
  const { register: registerTsx } = await import('tsx/esm/api');
  register('./source-condition.mjs', import.meta.url);
  registerTsx();
  await import(sources.href);
} else {
  await import('../dist/cli/main.js');
}
