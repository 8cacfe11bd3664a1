import type { TestProject } from 'vitest/node';
import { connectDirectly } from '../../server/src/embedded/replica-set.ts';
import { startTestMongod } from './mongod.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URI of the run's mongod, without a database: each test uses a new database. */
    mongoUri: string;
  }
}

/** Starts one mongod for the whole run. vitest calls the returned function at the end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const mongod = await startTestMongod((line) => {
    // The first run downloads mongod; the output shows why it waits.
    if (line.startsWith('download')) console.log(`mongod: ${line}`);
  });
  await acknowledgeFromMemory(mongod.mongod.port);
  project.provide('mongoUri', mongod.uri);
  return async () => mongod[Symbol.asyncDispose]();
}

/**
 * Majority writes no longer wait for the journal, which takes a third of the CPU time of a write. This mongod is never
 * killed during the run. Those that tests kill have the default.
 */
async function acknowledgeFromMemory(port: number): Promise<void> {
  await using client = connectDirectly(port);
  const admin = client.db('admin');
  const { config } = await admin.command({ replSetGetConfig: 1 });
  const { version, ...others } = config as { readonly version: number };
  await admin.command({
    replSetReconfig: { ...others, version: version + 1, writeConcernMajorityJournalDefault: false },
  });
}
