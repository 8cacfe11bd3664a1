import { createTRPCClient, httpBatchLink, httpBatchStreamLink, httpLink, type TRPCLink } from '@trpc/client';
import { tocsinLink, type AppRouter } from '../../client/src/trpc.ts';
import type { Scenario } from '../bench.ts';
import { cpuSeconds } from '../cpu.ts';
import { Testbed } from '../testbed.ts';
import type { PublishTarget } from '../workers/publisher.ts';

/** Concurrent `events.publish` calls, which a batch link sends in one request. */
const callers = 200;

const data = { licenseKey: 'A3K9-BFWX-7NP2-QHDT', status: 'revoked' } as const;

/**
 * Measures what publishing costs the server over each link of `@trpc/client`. The links take turns, so that the
 * figures of one run can be compared.
 */
export const trpcLinks: Scenario = {
  name: 'trpc-links',
  summary: `${callers} concurrent calls of events.publish over tocsinLink and the links of @trpc/client, in turns`,
  async run({ options, processes, print }) {
    await using testbed = await Testbed.open({ options, processes, print });
    const { target } = await testbed.createApp([]);
    const { pid } = testbed.server.child;
    const links = createLinks(target);
    const [turns, waves] = options.quick ? [1, 1] : [8, 10];
    const seconds = new Map<string, number>();
    // The first turn warms up.
    for (let turn = 0; turn <= turns; turn++) {
      for (const [name, link] of Object.entries(links)) {
        const before = await cpuSeconds(pid);
        for (let wave = 0; wave < waves; wave++) await publish(link, target.appId);
        const used = (await cpuSeconds(pid)) - before;
        if (turn > 0) seconds.set(name, (seconds.get(name) ?? 0) + used);
      }
    }
    const published = turns * waves * callers;
    return [...seconds].map(([name, used]) => ({
      name: `trpc-links: ${name}`,
      serverCpu: (used * 1000) / published,
    }));
  },
};

function createLinks({ url, token }: PublishTarget): Record<string, TRPCLink<AppRouter>> {
  const options = { url: `${url}/trpc`, headers: { authorization: `Bearer ${token}` } };
  return {
    tocsinLink: tocsinLink({ url, token }),
    httpBatchLink: httpBatchLink(options),
    httpBatchStreamLink: httpBatchStreamLink(options),
    httpLink: httpLink(options),
  };
}

async function publish(link: TRPCLink<AppRouter>, appId: string): Promise<void> {
  const trpc = createTRPCClient<AppRouter>({ links: [link] });
  const event = { appId, event: 'license.revoked', data } as const;
  await Promise.all(Array.from({ length: callers }, () => trpc.events.publish.mutate(event)));
}
