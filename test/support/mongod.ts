import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Db } from 'mongodb';
import { findMongod } from '../../server/src/embedded/find-mongod.ts';
import { defaultCacheDir } from '../../server/src/embedded/mongod-cache.ts';
import { launchMongod, startMongod, type MongodOptions } from '../../server/src/embedded/mongod.ts';
import { pollUntil } from '../../server/src/embedded/poll-until.ts';
import { connectDirectly, memberHost } from '../../server/src/embedded/replica-set.ts';
import type { RunningMongod } from '../../server/src/embedded/running-mongod.ts';
import { createDatabaseFolder } from './database-folder.ts';
import { endWithParent } from './end-with-parent.ts';

const replSet = 'tocsin';
const silent = () => {};

/** Returns the mongod that the server uses on this machine. Downloads one if there is none. */
export function findTestMongod(report: (line: string) => void = silent): Promise<string> {
  return findMongod({
    mongodBinary: process.env['MONGOD_BINARY'],
    cacheDir: defaultCacheDir(process.env['XDG_CACHE_HOME']),
    report,
  });
}

/**
 * Options of a mongod for tests: small, and with fail points (`configureFailPoint`). TTL indexes remove nothing,
 * because they compare times of fake clocks with the time of the machine.
 */
export const testMongodOptions = {
  cacheSizeGB: 0.25,
  oplogSizeMB: 64,
  extraArgs: [
    '--setParameter',
    'enableTestCommands=1',
    '--setParameter',
    'ttlMonitorEnabled=false',
    // Each test app leaves a database of about a hundred files, and mongod ends when it can open no more.
    '--wiredTigerEngineConfigString=file_manager=(close_idle_time=10,close_scan_interval=2,close_handle_minimum=250)',
  ],
} satisfies Partial<MongodOptions>;

export interface TestMongod extends AsyncDisposable {
  readonly uri: string;
  readonly mongod: RunningMongod;
}

/** Starts a replica set of one in a temporary folder. Disposing it deletes the folder. */
export async function startTestMongod(report: (line: string) => void = silent): Promise<TestMongod> {
  const binary = await findTestMongod(report);
  const dataDir = await createDatabaseFolder('mongod');
  const mongod = await startMongod({ ...testMongodOptions, binary, dataDir, report });
  endWithParent(mongod.pid, mongod.exited);
  return {
    uri: mongod.uri,
    mongod,
    // A kill, because the data is not needed again and a graceful shutdown takes a second.
    [Symbol.asyncDispose]: async () => {
      await mongod.kill();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A member of a replica set. Keeps its port and its data over a kill and a restart. */
class TestMember {
  #mongod: RunningMongod;
  readonly #launch: (port: number) => Promise<RunningMongod>;

  constructor(mongod: RunningMongod, launch: (port: number) => Promise<RunningMongod>) {
    this.#mongod = mongod;
    this.#launch = launch;
  }

  get port(): number {
    return this.#mongod.port;
  }

  get pid(): number {
    return this.#mongod.pid;
  }

  kill(): Promise<void> {
    return this.#mongod.kill();
  }

  stop(): Promise<void> {
    return this.#mongod.stop();
  }

  /** Starts it after a kill or a stop. Resolves when it listens; it may still be catching up. */
  async restart(): Promise<void> {
    this.#mongod = await this.#launch(this.#mongod.port);
  }
}

export interface TestReplicaSet extends AsyncDisposable {
  readonly uri: string;
  readonly members: readonly TestMember[];
  /** Returns the primary. Waits for an election if there is none. */
  primary(): Promise<TestMember>;
  /** Resolves when one member is primary and all others follow it. */
  untilAllFollow(): Promise<void>;
}

export async function startTestReplicaSet(options: { readonly members: number }): Promise<TestReplicaSet> {
  const binary = await findTestMongod();
  const folder = await createDatabaseFolder('replica-set');
  const numbers = Array.from({ length: options.members }, (_, index) => index);
  const members = await Promise.all(
    numbers.map(async (number) => {
      const dataDir = join(folder, `member-${number}`);
      const launch = async (port: number) => {
        const options = { ...testMongodOptions, binary, dataDir, port, replSet, report: silent };
        const mongod = await launchMongod(options);
        endWithParent(mongod.pid, mongod.exited);
        return mongod;
      };
      return new TestMember(await launch(0), launch);
    }),
  );
  const hosts = members.map((member) => memberHost(member.port));
  await initiate(members, hosts);
  return {
    uri: `mongodb://${hosts.join(',')}/?replicaSet=${replSet}`,
    members,
    primary: () => waitForPrimary(members),
    untilAllFollow: async () => {
      const primary = await waitForPrimary(members);
      await using client = connectDirectly(primary.port);
      await waitForFollowers(client.db('admin'));
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(members.map((member) => member.kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when one member is primary and all others follow it. */
async function initiate(members: readonly TestMember[], hosts: readonly string[]): Promise<void> {
  const first = members[0];
  if (first === undefined) throw new Error('a replica set needs a member');
  await using client = connectDirectly(first.port);
  const admin = client.db('admin');
  await admin.command({
    replSetInitiate: {
      _id: replSet,
      members: hosts.map((host, index) => ({ _id: index, host })),
      // The default is 10 s, which a test that kills the primary would wait for.
      settings: { electionTimeoutMillis: 2_000, heartbeatIntervalMillis: 500 },
    },
  });
  await waitForFollowers(admin);
}

async function waitForFollowers(admin: Db): Promise<void> {
  const allFollow = async () => {
    const status = await admin.command({ replSetGetStatus: 1 });
    const states = (status['members'] as readonly { stateStr: string }[]).map((member) => member.stateStr);
    const following = states.filter((state) => state === 'SECONDARY').length;
    return states.includes('PRIMARY') && following === states.length - 1 ? true : undefined;
  };
  await pollUntil(allFollow, { everyMs: 20, signal: AbortSignal.timeout(60_000) });
}

function waitForPrimary(members: readonly TestMember[]): Promise<TestMember> {
  const find = async () => {
    const answers = await Promise.all(members.map(isPrimary));
    return members[answers.indexOf(true)];
  };
  return pollUntil(find, { everyMs: 50, signal: AbortSignal.timeout(30_000) });
}

async function isPrimary(member: TestMember): Promise<boolean> {
  await using client = connectDirectly(member.port);
  try {
    const hello = await client.db('admin').command({ hello: 1 });
    return hello['isWritablePrimary'] === true;
  } catch {
    return false;
  }
}
