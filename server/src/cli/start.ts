import { command, exitCode } from './command.ts';

export const start = command({
  name: 'start',
  about: 'Runs the server',
  details:
    'As `npm start`, without building the admin UI first. Settings come from the environment: docs/configuration.md.',
  options: {
    port: { type: 'string', value: 'PORT', about: 'PORT' },
    role: { type: 'string', value: 'ROLE', about: 'ROLE: all, api or worker' },
    hold: { type: 'boolean', about: 'DELIVERY_HOLD: accepts and sends nothing, for a restored database' },
  },
  async run({ port, role, hold }, { env }) {
    // Only here: no other command needs the whole server.
    const { serve } = await import('../serve.ts');
    await serve({
      ...env,
      ...(port === undefined ? {} : { PORT: port }),
      ...(role === undefined ? {} : { ROLE: role }),
      ...(hold === true ? { DELIVERY_HOLD: 'true' } : {}),
    });
    // The listening socket keeps the process; its signals end it.
    return exitCode.ok;
  },
});
