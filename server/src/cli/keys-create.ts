import { createKeyInput } from '@tocsin/shared';
import { defineCommand, exitCode } from './command.ts';
import { toInput, serverDetails, serverOptions, withClient } from './connect.ts';

export const keysCreate = defineCommand({
  name: 'keys create',
  summary: 'Create an API key and print it, once',
  details: serverDetails,
  options: {
    name: { type: 'string', value: 'NAME', summary: 'name of the key (required)' },
    scope: {
      type: 'string',
      multiple: true,
      value: 'SCOPE',
      summary: 'scope such as events:publish, or * for all (required; repeatable)',
    },
    account: { type: 'string', value: 'ID', summary: 'account of the key (default: the default account)' },
    app: { type: 'string', value: 'ID', summary: 'only app of the key (default: all apps of the account)' },
    expires: { type: 'string', value: 'TIME', summary: 'expiry time, ISO 8601 (default: never)' },
    ...serverOptions,
  },
  async run({ name, scope, account, app, expires, url }, context) {
    const input = toInput(
      createKeyInput,
      { name, scopes: scope, accountId: account, appId: app, expiresAt: expires },
      { scopes: 'scope', accountId: 'account', appId: 'app', expiresAt: 'expires' },
    );
    const key = await withClient(context, url, (client) => client.keys.create.mutate(input));
    const owner = key.appId === null ? `account ${key.accountId}` : `app ${key.appId}`;
    context.progress(`created ${key.id} for ${owner} with scopes ${key.scopes.join(', ')}`);
    context.progress('save the key now; it is not shown again');
    context.result(key, key.key);
    return exitCode.ok;
  },
});
