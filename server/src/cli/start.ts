import { exitCode } from './command.ts';
import { defineCommand } from './define-command.ts';

export const start = defineCommand({
  details:
    'Reads its configuration from the environment, see docs/configuration.md.\n' +
    'Unlike `npm start`, it does not build the admin UI.',
  examples: ['', '--port 8080', '--catalog ./acme-events.ts', '--role worker --hold'],
  handlesSignals: true,
  options: {
    port: { type: 'string', value: 'port', summary: 'port to listen on (overrides PORT)' },
    role: {
      type: 'string',
      value: 'role',
      choices: ['all', 'api', 'worker'],
      summary: 'all, api or worker (overrides ROLE)',
    },
    catalog: {
      type: 'string',
      value: 'files',
      summary: 'files or packages with your own events, separated by commas (overrides CATALOG)',
    },
    hold: { type: 'boolean', summary: 'accept events but pause sending and retention (sets DELIVERY_HOLD)' },
  },
  async run({ port, role, catalog, hold }, { env }) {
    // Imported lazily: no other command needs the whole server.
    const { serve } = await import('../serve.ts');
    await serve({
      ...env,
      ...(port === undefined ? {} : { PORT: port }),
      ...(role === undefined ? {} : { ROLE: role }),
      ...(catalog === undefined ? {} : { CATALOG: catalog }),
      ...(hold === true ? { DELIVERY_HOLD: 'true' } : {}),
    });
    // The listening socket keeps the process alive until a signal ends it.
    return exitCode.ok;
  },
});
