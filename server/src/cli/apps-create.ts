import { createAppInput } from '@tocsin/shared';
import { command, exitCode } from './command.ts';
import { toInput, serverDetails, serverOptions, withClient } from './connect.ts';

export const appsCreate = command({
  name: 'apps create',
  about: 'Makes an app and shows its id',
  details: serverDetails,
  options: {
    name: { type: 'string', value: 'NAME', about: 'how people call it' },
    id: { type: 'string', value: 'ID', about: 'an id of your own; one is made unless given' },
    account: { type: 'string', value: 'ID', about: 'whose it is; the default account unless given' },
    ...serverOptions,
  },
  async run({ name, id, account, url }, context) {
    const input = toInput(createAppInput, { name, id, accountId: account }, { accountId: 'account' });
    const app = await withClient(context, url, (client) => client.apps.create.mutate(input));
    context.result(app, app.id);
    return exitCode.ok;
  },
});
