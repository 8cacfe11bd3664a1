import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nodeReceiver, type NodeRequest, type NodeResponse } from '@tocsin/client/receiver';
import { HookInbox, hookPaths, hookProfiles, type HookServer } from './hook-inbox.ts';

type NodeHandler = (request: NodeRequest, response: NodeResponse) => Promise<void>;

/** Serves the endpoints with `node:http`, which Bun and Deno imitate. */
export async function serveNodeHooks(): Promise<HookServer & AsyncDisposable> {
  const inbox = new HookInbox();
  const handlers = new Map<string, NodeHandler>(
    hookPaths.map((path) => {
      const { profile } = hookProfiles[path];
      const secret = () => inbox.findSecret(path);
      return [path, nodeReceiver({ profile, secret }, (event) => inbox.record(path, event))];
    }),
  );
  const server = createServer((request, response) => {
    const handler = handlers.get(request.url ?? '');
    if (handler === undefined) response.writeHead(404).end();
    else void handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // `as`: a server that listens on a port has this form.
  const { port } = server.address() as AddressInfo;
  return {
    name: 'node',
    origin: `http://127.0.0.1:${port}`,
    inbox,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
