import { MongoClient, MongoError, MongoServerError, type Document } from 'mongodb';
import { pollUntil } from './poll-until.ts';

// Error codes of mongod. The first one also means that mongod is still reading the configuration.
const notYetInitialized = 94;
const alreadyInitialized = 23;

const authenticationFailed = 18;

export interface Member {
  readonly port: number;
  readonly replSet: string;
}

export function memberHost(port: number): string {
  return `127.0.0.1:${port}`;
}

export interface Login {
  readonly username: string;
  readonly password: string;
  /** The database that knows the user. */
  readonly source: string;
}

/** Returns a client of this member that works in every state of the replica set. */
export function connectDirectly(port: number, login?: Login): MongoClient {
  return new MongoClient(`mongodb://${memberHost(port)}`, {
    ...(login === undefined
      ? {}
      : {
          auth: { username: login.username, password: login.password },
          authSource: login.source,
          authMechanism: 'SCRAM-SHA-256' as const,
        }),
    directConnection: true,
    serverSelectionTimeoutMS: 2_000,
    // The caller retries, so do not wait for a hanging member.
    socketTimeoutMS: 5_000,
    // Used only for short administration commands.
    maxPoolSize: 1,
  });
}

/**
 * Makes the member the primary of a replica set of one. Initiates the set on the first start, and updates the
 * stored configuration if the port has changed. A replica set is required for change streams and
 * transactions.
 */
export async function becomePrimaryOfOne(member: Member, signal: AbortSignal, login?: Login): Promise<void> {
  await using client = connectDirectly(member.port, login);
  const admin = client.db('admin');
  let lastError: MongoError | undefined;

  const probe = async (): Promise<true | undefined> => {
    try {
      const hello = await admin.command({ hello: 1 });
      if (hello['isWritablePrimary'] === true) return true;
      if (hello['secondary'] !== true) await configure(member, (command) => admin.command(command));
    } catch (error) {
      // While its state changes, mongod rejects commands and drops connections. Only the signal ends the
      // retries.
      if (!(error instanceof MongoError) || isAuthenticationError(error)) throw error;
      lastError = error;
    }
    return undefined;
  };

  try {
    await pollUntil(probe, { everyMs: 10, signal });
  } catch (error) {
    if (lastError === undefined || !(error instanceof Error)) throw error;
    throw new Error(`${error.message}; last error of mongod: ${lastError.message}`, { cause: error });
  }
}

async function configure(member: Member, run: (command: Document) => Promise<Document>): Promise<void> {
  const host = memberHost(member.port);
  const stored = await readConfig(run);
  if (stored === undefined) {
    try {
      await run({ replSetInitiate: { _id: member.replSet, members: [{ _id: 0, host }] } });
    } catch (error) {
      // mongod had not yet read the configuration from disk when it was queried.
      if (!(error instanceof MongoServerError && error.code === alreadyInitialized)) throw error;
    }
    return;
  }
  const first = stored.members[0];
  if (stored.members.length === 1 && first?.host === host) return;
  // mongod first connects to the old port to check whether it is itself. A program that accepts that
  // connection and never responds delays the start by 30 s.
  // `force`, because a member that is not in its own configuration has no primary.
  await run({
    replSetReconfig: { ...stored, version: stored.version + 1, members: [{ ...first, _id: 0, host }] },
    force: true,
  });
}

/** Whether mongod has another password, which no retry changes. */
export function isAuthenticationError(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === authenticationFailed;
}

interface StoredConfig {
  readonly version: number;
  readonly members: readonly { readonly host: string }[];
}

async function readConfig(run: (command: Document) => Promise<Document>): Promise<StoredConfig | undefined> {
  try {
    const result = await run({ replSetGetConfig: 1 });
    // `as`: mongod validates the document that it returns here.
    return result['config'] as StoredConfig;
  } catch (error) {
    if (error instanceof MongoServerError && error.code === notYetInitialized) return undefined;
    throw error;
  }
}
