import { fetchReceiver } from '@tocsin/client/receiver';
import { hookPaths, hookProfiles, type HookInbox } from './hook-inbox.ts';

type FetchHandler = (request: Request) => Promise<Response>;

/** Creates a handler for requests of the runtime's own class. */
export function createFetchHooks(inbox: HookInbox): FetchHandler {
  const handlers = new Map<string, FetchHandler>(
    hookPaths.map((path) => {
      const { profile } = hookProfiles[path];
      const secret = () => inbox.findSecret(path);
      return [path, fetchReceiver({ profile, secret }, (event) => inbox.record(path, event))];
    }),
  );
  return async (request) => {
    const handler = handlers.get(new URL(request.url).pathname);
    return handler === undefined ? new Response(null, { status: 404 }) : await handler(request);
  };
}
