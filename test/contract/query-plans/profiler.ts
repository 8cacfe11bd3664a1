import type { Db, Document } from 'mongodb';

/** A command as mongod executed it. */
export interface ProfiledCommand {
  readonly op: string;
  readonly ns: string;
  readonly command: Document;
  readonly planSummary: string;
  readonly keysExamined: number;
  readonly docsExamined: number;
  /** Documents that the command returned, matched or deleted. */
  readonly results: number;
}

const profileBytes = 256 * 1024 * 1024;

/** Reads what mongod executes, from its profiler. */
export class Profiler {
  readonly #db: Db;
  #read = 0;

  private constructor(db: Db) {
    this.#db = db;
  }

  static async start(db: Db): Promise<Profiler> {
    await db.createCollection('system.profile', { capped: true, size: profileBytes });
    await db.setProfilingLevel('all');
    return new Profiler(db);
  }

  /** Returns the commands since the last call. */
  async take(): Promise<ProfiledCommand[]> {
    const docs = await this.#db
      .collection('system.profile')
      .find({}, { sort: { $natural: 1 } })
      .skip(this.#read)
      .toArray();
    this.#read += docs.length;
    return docs.filter(isFromStore).map((doc) => ({
      op: String(doc['op']),
      ns: String(doc['ns']),
      command: doc['command'] as Document,
      planSummary: String(doc['planSummary'] ?? ''),
      keysExamined: Number(doc['keysExamined'] ?? 0),
      docsExamined: Number(doc['docsExamined'] ?? 0),
      results: ['nreturned', 'nMatched', 'ndeleted'].reduce((sum, name) => sum + Number(doc[name] ?? 0), 0),
    }));
  }
}

function isFromStore(doc: Document): boolean {
  return doc['appName'] === 'tocsin' && !String(doc['ns']).endsWith('system.profile');
}
