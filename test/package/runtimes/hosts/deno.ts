/* The programs on Deno. Reads the settings from standard input and prints the results. */
import { createFetchHooks } from '../fetch-hooks.ts';
import { HookInbox } from '../hook-inbox.ts';
import { serveNodeHooks } from '../node-hooks.ts';
import { printResults } from '../print-results.ts';
import { publishFromOutbox } from '../programs/outbox.ts';
import { testWithKit } from '../programs/test-kit.ts';
import { runPrograms } from '../run-programs.ts';
import type { RuntimeSettings } from '../settings.ts';

declare const Deno: {
  readonly stdin: { readonly readable: ReadableStream<Uint8Array> };
  serve(
    options: { port: number; hostname: string; onListen: () => void },
    handler: (request: Request) => Promise<Response>,
  ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
};

// `as`: the test writes them.
const settings = JSON.parse(await new Response(Deno.stdin.readable).text()) as RuntimeSettings;
const inbox = new HookInbox();
const server = Deno.serve(
  { port: 0, hostname: '127.0.0.1', onListen: () => undefined },
  createFetchHooks(inbox),
);
await using nodeServer = await serveNodeHooks();
const servers = [
  { name: 'fetch', origin: `http://127.0.0.1:${server.addr.port}`, inbox } as const,
  nodeServer,
];
printResults(await runPrograms(settings, servers, { publishFromOutbox, testWithKit }));
await server.shutdown();
