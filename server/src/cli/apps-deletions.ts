import { defineCommand, exitCode } from './command.ts';
import { serverDetails, serverOptions, withClient } from './connect.ts';

export const appsDeletions = defineCommand({
  name: 'apps deletions',
  summary: 'List deleted apps with the progress of their erasure',
  details: `Prints the newest 100, one per line. ${serverDetails}`,
  options: serverOptions,
  async run({ url }, context) {
    const page = await withClient(context, url, (client) => client.apps.deletions.query({ limit: 100 }));
    const lines = page.items.map(({ appId, status, erased: { events, deliveries } }) => {
      const state = status === 'done' ? 'erased' : 'erased so far';
      return `${appId}: ${events} events and ${deliveries} deliveries ${state}`;
    });
    context.result(page, lines.length === 0 ? 'no app was deleted' : lines.join('\n'));
    return exitCode.ok;
  },
});
