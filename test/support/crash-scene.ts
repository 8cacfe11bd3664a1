import { call } from './call.ts';
import type { ServerProcess } from './server-process.ts';

/** Creates the app `crash` with one webhook, for a `CrashLoad`. */
export async function subscribeCrash(server: ServerProcess, url: string): Promise<void> {
  await call(server, 'apps.create', { id: 'crash', name: 'Crash' });
  await call(server, 'webhooks.create', { appId: 'crash', url, events: ['user.login'] });
}
