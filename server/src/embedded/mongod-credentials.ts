import { randomBytes } from 'node:crypto';
import { chmod, realpath } from 'node:fs/promises';
import { loadOrCreateLocalSecret } from './local-secrets.ts';

/**
 * How the server authenticates to its own mongod. Other programs on the machine can connect to its port, so
 * mongod requires a password.
 */
export interface MongodCredentials {
  readonly user: string;
  readonly password: string;
  /** The key of the replica set. It also authenticates as mongod itself, which creates the user. */
  readonly key: string;
  /** Path of the file with the key, for mongod. */
  readonly keyFile: string;
}

const user = 'tocsin';

/** mongod rejects a key file that others can read. A copied or restored folder may have lost the mode. */
const ownerOnly = 0o600;

/**
 * Loads the password of the embedded database from `mongo-password` and `mongo-keyfile` in `dataDir`. Creates
 * both on the first start.
 */
export async function loadOrCreateMongodCredentials(dataDir: string): Promise<MongodCredentials> {
  const password = await loadOrCreateLocalSecret(dataDir, 'mongo-password', () =>
    randomBytes(32).toString('hex'),
  );
  const key = await loadOrCreateLocalSecret(dataDir, 'mongo-keyfile', () =>
    randomBytes(96).toString('base64'),
  );
  for (const { path } of [password, key]) await chmod(path, ownerOnly);
  return {
    user,
    password: password.value,
    // mongod ignores white space in the file.
    key: key.value.replaceAll(/\s/g, ''),
    // A later start recognizes its mongod by this path in the arguments.
    keyFile: await realpath(key.path),
  };
}
