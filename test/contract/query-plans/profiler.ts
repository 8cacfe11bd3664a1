import type { Db, Document, FindCursor } from 'mongodb';

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

const resultFields = ['nreturned', 'nMatched', 'ndeleted'];

/** Without the execution statistics, which are most of a profile. */
const fields = ['op', 'ns', 'command', 'planSummary', 'keysExamined', 'docsExamined', ...resultFields];
const projection = Object.fromEntries(fields.map((field) => [field, 1]));

/** Reads what mongod executes, from its profiler. */
export class Profiler {
  readonly #db: Db;
  /** It waits at the end of the profile. */
  readonly #cursor: FindCursor<Document>;

  private constructor(db: Db, cursor: FindCursor<Document>) {
    this.#db = db;
    this.#cursor = cursor;
  }

  /** @param appName the clients whose commands it reads; not that of `db`, which reads them */
  static async start(db: Db, appName: string): Promise<Profiler> {
    await db.createCollection('system.profile', { capped: true, size: profileBytes });
    await db.setProfilingLevel('all');
    // A cursor cannot wait at the end of an empty profile.
    await db.collection('schema').findOne();
    await db.command({ profile: 1, filter: { appName } });
    const cursor = db
      .collection('system.profile')
      .find({}, { projection, tailable: true, batchSize: 10_000 });
    const profiler = new Profiler(db, cursor);
    await profiler.take();
    return profiler;
  }

  /** Returns the commands since the last call. */
  async take(): Promise<ProfiledCommand[]> {
    const docs: Document[] = [];
    for (let doc = await this.#cursor.tryNext(); doc !== null; doc = await this.#cursor.tryNext()) {
      docs.push(doc);
    }
    return docs.map((doc) => ({
      op: String(doc['op']),
      ns: String(doc['ns']),
      command: doc['command'] as Document,
      planSummary: String(doc['planSummary'] ?? ''),
      keysExamined: Number(doc['keysExamined'] ?? 0),
      docsExamined: Number(doc['docsExamined'] ?? 0),
      results: resultFields.reduce((sum, name) => sum + Number(doc[name] ?? 0), 0),
    }));
  }

  async stop(): Promise<void> {
    await this.#db.setProfilingLevel('off');
    await this.#cursor.close();
  }
}
