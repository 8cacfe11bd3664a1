import { MongoClient, MongoError, MongoServerError, type Document } from 'mongodb';
import { pollUntil } from './poll-until.ts';

// Codes of mongod: the configuration is not there yet, or is still being read after a start.
const notYetInitialized = 94;
const alreadyInitialized = 23;

export interface Member {
  readonly port: number;
  readonly replSet: string;
}

export function memberHost(port: number): string {
  return `127.0.0.1:${port}`;
}

/** A client of this one member, whatever its state in the set. */
export function connectDirectly(port: number): MongoClient {
  return new MongoClient(`mongodb://${memberHost(port)}`, {
    directConnection: true,
    serverSelectionTimeoutMS: 2_000,
    // A member that hangs is asked again rather than waited for.
    socketTimeoutMS: 5_000,
    // Only short administration goes through it.
    maxPoolSize: 1,
  });
}

/**
 * Brings a member to be the primary of a set of one: initiates the set on the first start, and points the stored
 * configuration at the present port when it has moved. A set is needed at all because change streams and transactions
 * work on nothing less.
 */
export async function becomePrimaryOfOne(member: Member, signal: AbortSignal): Promise<void> {
  await using client = connectDirectly(member.port);
  const admin = client.db('admin');
  let lastRefusal: MongoError | undefined;

  const probe = async (): Promise<true | undefined> => {
    try {
      const hello = await admin.command({ hello: 1 });
      if (hello['isWritablePrimary'] === true) return true;
      if (hello['secondary'] !== true) await configure(member, (command) => admin.command(command));
    } catch (error) {
      // Between its states mongod refuses much and drops connections; only the signal tells when to give up.
      if (!(error instanceof MongoError)) throw error;
      lastRefusal = error;
    }
    return undefined;
  };

  try {
    await pollUntil(probe, { everyMs: 10, signal });
  } catch (error) {
    if (lastRefusal === undefined || !(error instanceof Error)) throw error;
    throw new Error(`${error.message}; mongod last said: ${lastRefusal.message}`, { cause: error });
  }
}

async function configure(member: Member, run: (command: Document) => Promise<Document>): Promise<void> {
  const host = memberHost(member.port);
  const stored = await readConfig(run);
  if (stored === undefined) {
    try {
      await run({ replSetInitiate: { _id: member.replSet, members: [{ _id: 0, host }] } });
    } catch (error) {
      // The configuration on disk had not been read when it was asked for.
      if (!(error instanceof MongoServerError && error.code === alreadyInitialized)) throw error;
    }
    return;
  }
  const first = stored.members[0];
  if (stored.members.length === 1 && first?.host === host) return;
  // mongod first asks whoever has the old port whether that is itself: at once refused as a rule, but a program that
  // takes the connection and never answers holds up the start for 30 s.
  // Forced, because a member that does not find itself in its configuration has no primary to ask.
  await run({
    replSetReconfig: { ...stored, version: stored.version + 1, members: [{ ...first, _id: 0, host }] },
    force: true,
  });
}

interface StoredConfig {
  readonly version: number;
  readonly members: readonly { readonly host: string }[];
}

async function readConfig(run: (command: Document) => Promise<Document>): Promise<StoredConfig | undefined> {
  try {
    const answer = await run({ replSetGetConfig: 1 });
    // mongod's own document, complete by its own rules.
    return answer['config'] as StoredConfig;
  } catch (error) {
    if (error instanceof MongoServerError && error.code === notYetInitialized) return undefined;
    throw error;
  }
}
