/* The programs on workerd, without compatibility flags. A POST to /run has the settings and returns the results. */
import { createTocsinClient } from '@tocsin/client';
import { createFetchHooks } from '../fetch-hooks.ts';
import { HookInbox } from '../hook-inbox.ts';
import { runPrograms } from '../run-programs.ts';
import type { RuntimeSettings } from '../settings.ts';

const inbox = new HookInbox();
const receive = createFetchHooks(inbox);
/** Publishes with a client of this request, because workerd ends what another request has started. */
async function publishOne({ url, token, appId }: RuntimeSettings): Promise<string> {
  const tocsin = createTocsinClient({ url, token });
  const data = { userId: 'usr_1', username: 'ada', reason: 'spam', bannedBy: 'ada' };
  const result = await tocsin.safePublish('user.ban', { appId, data });
  return result.ok ? 'published' : result.error.code;
}

// oxlint-disable-next-line import/no-default-export -- the form of a worker
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, origin } = new URL(request.url);
    if (pathname !== '/run' && pathname !== '/publish') return await receive(request);
    // `as`: the test writes them.
    const settings = (await request.json()) as RuntimeSettings;
    if (pathname === '/publish') return new Response(await publishOne(settings));
    return Response.json(await runPrograms(settings, [{ name: 'fetch', origin, inbox }]));
  },
};
