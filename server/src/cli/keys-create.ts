import { createKeyInput } from '@tocsin/shared';
import { command, exitCode } from './command.ts';
import { toInput, serverDetails, serverOptions, withClient } from './connect.ts';

export const keysCreate = command({
  name: 'keys create',
  about: 'Makes an API key and shows it, this once',
  details: serverDetails,
  options: {
    name: { type: 'string', value: 'NAME', about: 'what it is for' },
    scope: {
      type: 'string',
      multiple: true,
      value: 'SCOPE',
      about: 'what it may do, such as events:publish, or *; may be given more than once',
    },
    account: { type: 'string', value: 'ID', about: 'whose it is; the default account unless given' },
    expires: { type: 'string', value: 'TIME', about: 'when it ends, ISO 8601; never unless given' },
    ...serverOptions,
  },
  async run({ name, scope, account, expires, url }, context) {
    const input = toInput(
      createKeyInput,
      { name, scopes: scope, accountId: account, expiresAt: expires },
      { scopes: 'scope', accountId: 'account', expiresAt: 'expires' },
    );
    const key = await withClient(context, url, (client) => client.keys.create.mutate(input));
    context.progress(
      `${key.id} may ${key.scopes.join(', ')} in ${key.accountId}; the key is not shown again`,
    );
    context.result(key, key.key);
    return exitCode.ok;
  },
});
