import type { Db, Document } from 'mongodb';

/** What a replica set says of itself to the user of the connection. */
export interface DeploymentReport {
  readonly version: string;
  /** Name of the replica set. Null for a sharded cluster. */
  readonly replicaSet: string | null;
  /** Database time minus the time of this machine, in ms, as measured halfway through a round trip. */
  readonly clockOffsetMs: number;
  /** Members that vote and are up, and how many a majority needs. Null if the user may not see them. */
  readonly members: { readonly up: number; readonly majority: number; readonly total: number } | null;
  /** Whether clients need a user and a password. */
  readonly isAuthenticated: boolean;
  /** Actions on the database that Tocsin needs and the user may not run. */
  readonly missingActions: readonly string[];
}

/** The actions of `readWrite` and `dbAdmin` that Tocsin needs. */
const neededActions = [
  'find',
  'insert',
  'update',
  'remove',
  'createCollection',
  'createIndex',
  'dropIndex',
  'listIndexes',
  'changeStream',
];

/** Asks without changing anything. */
export async function inspectDeployment(db: Db): Promise<DeploymentReport> {
  const before = Date.now();
  const hello = await db.command({ hello: 1 });
  const middle = (before + Date.now()) / 2;
  const { version } = await db.admin().buildInfo();
  const { authInfo } = await db.command({ connectionStatus: 1, showPrivileges: true });
  const localTime: unknown = hello['localTime'];
  const setName: unknown = hello['setName'];
  // `as`: the documented reply of the command.
  const info = authInfo as AuthInfo;
  const isAuthenticated = info.authenticatedUsers.length > 0;
  return {
    version: String(version),
    replicaSet: typeof setName === 'string' ? setName : null,
    clockOffsetMs: localTime instanceof Date ? Math.round(localTime.getTime() - middle) : 0,
    members: await readMembers(db),
    isAuthenticated,
    missingActions: isAuthenticated ? findMissing(info.authenticatedUserPrivileges, db.databaseName) : [],
  };
}

interface AuthInfo {
  readonly authenticatedUsers: readonly Document[];
  readonly authenticatedUserPrivileges: readonly Privilege[];
}

interface Privilege {
  readonly resource: { readonly db?: string; readonly collection?: string; readonly anyResource?: boolean };
  readonly actions: readonly string[];
}

function findMissing(privileges: readonly Privilege[], database: string): string[] {
  const granted = new Set(
    privileges
      .filter(({ resource }) => resource.anyResource === true || isWhole(resource, database))
      .flatMap(({ actions }) => actions),
  );
  return neededActions.filter((action) => !granted.has(action));
}

/** Whether a privilege covers every collection of the database. */
function isWhole({ db, collection }: Privilege['resource'], database: string): boolean {
  return (db === database || db === '') && collection === '';
}

async function readMembers(db: Db): Promise<DeploymentReport['members']> {
  try {
    const status = await db.admin().command({ replSetGetStatus: 1 });
    // `as`: the documented reply of the command.
    const members = status['members'] as readonly { readonly health: number; readonly state: number }[];
    const majority: unknown = status['majorityVoteCount'];
    // Primary, secondary and arbiter.
    const up = members.filter(({ health, state }) => health === 1 && [1, 2, 7].includes(state));
    return {
      up: up.length,
      total: members.length,
      majority: typeof majority === 'number' ? majority : Math.floor(members.length / 2) + 1,
    };
  } catch {
    // The command needs the role clusterMonitor, which Tocsin does not need.
    return null;
  }
}
