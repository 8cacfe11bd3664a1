#!/usr/bin/env node
/*
 * `npx tocsin` in a checkout. The sources are TypeScript, so they are run as `npm start` runs them: by tsx,
 * with the condition by which the packages of this repository find each other's sources.
 */
import { register } from 'node:module';
import { register as registerTsx } from 'tsx/esm/api';

register('./source-condition.mjs', import.meta.url);
registerTsx();
await import('../src/cli/main.ts');
