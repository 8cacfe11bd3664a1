import { createAppInput } from '@tocsin/shared';
import { defineCommand, exitCode } from './command.ts';
import { toInput, serverDetails, serverOptions, withClient } from './connect.ts';

export const appsCreate = defineCommand({
  name: 'apps create',
  summary: 'Create an app and print its id',
  details: serverDetails,
  options: {
    name: { type: 'string', value: 'NAME', summary: 'name of the app (required)' },
    id: { type: 'string', value: 'ID', summary: 'id of the app; needs the root token (default: generated)' },
    account: { type: 'string', value: 'ID', summary: 'account of the app (default: the default account)' },
    ...serverOptions,
  },
  async run({ name, id, account, url }, context) {
    const input = toInput(createAppInput, { name, id, accountId: account }, { accountId: 'account' });
    const app = await withClient(context, url, (client) => client.apps.create.mutate(input));
    context.result(app, app.id);
    return exitCode.ok;
  },
});
