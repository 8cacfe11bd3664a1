import type { MongodCredentials } from './mongod-credentials.ts';
import { connectDirectly, isAuthenticationError, type Login } from './replica-set.ts';

/** The rights that docs/deploy.md names for a MongoDB of one's own, and to see running index builds. */
const roles = [
  { role: 'readWrite', db: 'tocsin' },
  { role: 'dbAdmin', db: 'tocsin' },
  { role: 'clusterMonitor', db: 'admin' },
];

/**
 * Creates the user of the server, or sets its password if it is another one. The member must be primary. Can
 * be repeated after a crash at any point.
 */
export async function ensureUser(
  port: number,
  credentials: MongodCredentials,
  report: (line: string) => void,
): Promise<void> {
  if (await canAuthenticate(port, credentials)) return;
  await using client = connectDirectly(port, toSystemLogin(credentials));
  const admin = client.db('admin');
  const { users } = await admin.command({ usersInfo: { forAllDBs: true } });
  // `as`: mongod's own answer.
  const existing = users as readonly { readonly user: string; readonly db: string }[];
  const { user, password: pwd } = credentials;
  if (existing.some((one) => one.user === user && one.db === 'admin')) {
    await admin.command({ updateUser: user, pwd, roles });
    return;
  }
  // Without a password, any program on the machine could have left itself a user.
  for (const other of existing) {
    report(`removing the user ${other.user} that was created before the embedded database had a password`);
    await client.db(other.db).command({ dropUser: other.user });
  }
  await admin.command({ createUser: user, pwd, roles });
}

/** Authenticates as mongod itself, which needs no user and works in every state of the replica set. */
export function toSystemLogin({ key }: Pick<MongodCredentials, 'key'>): Login {
  return { username: '__system', password: key, source: 'local' };
}

async function canAuthenticate(port: number, { user, password }: MongodCredentials): Promise<boolean> {
  await using client = connectDirectly(port, { username: user, password, source: 'admin' });
  try {
    await client.db('tocsin').command({ listCollections: 1, nameOnly: true });
    return true;
  } catch (error) {
    if (isAuthenticationError(error)) return false;
    throw error;
  }
}
