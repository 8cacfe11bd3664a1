/* The programs on Node. Reads the settings from standard input and prints the results. */
import { text } from 'node:stream/consumers';
import { serveNodeHooks } from '../node-hooks.ts';
import { printResults } from '../print-results.ts';
import { publishFromOutbox } from '../programs/outbox.ts';
import { testWithKit } from '../programs/test-kit.ts';
import { runPrograms } from '../run-programs.ts';
import type { RuntimeSettings } from '../settings.ts';

// `as`: the test writes them.
const settings = JSON.parse(await text(process.stdin)) as RuntimeSettings;
await using server = await serveNodeHooks();
printResults(await runPrograms(settings, [server], { publishFromOutbox, testWithKit }));
