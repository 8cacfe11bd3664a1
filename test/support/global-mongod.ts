import type { TestProject } from 'vitest/node';
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
  project.provide('mongoUri', mongod.uri);
  return async () => mongod[Symbol.asyncDispose]();
}
