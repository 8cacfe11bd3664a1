/* The programs on Bun. Reads the settings from standard input and prints the results. */
import { text } from 'node:stream/consumers';
import { createFetchHooks } from '../fetch-hooks.ts';
import { HookInbox } from '../hook-inbox.ts';
import { serveNodeHooks } from '../node-hooks.ts';
import { printResults } from '../print-results.ts';
import { publishFromOutbox } from '../programs/outbox.ts';
import { testWithKit } from '../programs/test-kit.ts';
import { runPrograms } from '../run-programs.ts';
import type { RuntimeSettings } from '../settings.ts';

declare const Bun: {
  serve(options: { port: number; hostname: string; fetch: (request: Request) => Promise<Response> }): {
    readonly port: number;
    stop(closeActiveConnections: boolean): Promise<void>;
  };
};

// `as`: the test writes them.
const settings = JSON.parse(await text(process.stdin)) as RuntimeSettings;
const inbox = new HookInbox();
const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: createFetchHooks(inbox) });
await using nodeServer = await serveNodeHooks();
const servers = [{ name: 'fetch', origin: `http://127.0.0.1:${server.port}`, inbox } as const, nodeServer];
printResults(await runPrograms(settings, servers, { publishFromOutbox, testWithKit }));
await server.stop(true);
