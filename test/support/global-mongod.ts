import type { TestProject } from 'vitest/node';
import { startTestMongod } from './mongod.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of the one mongod of the run, without a database: each test makes a name of its own. */
    mongoUri: string;
  }
}

/** One mongod for the whole run. vitest calls the function it answers with at the end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const mongod = await startTestMongod((line) => {
    // A first run fetches mongod, and a person who waits for it must see why.
    if (line.startsWith('download')) console.log(`mongod: ${line}`);
  });
  project.provide('mongoUri', mongod.uri);
  return async () => mongod[Symbol.asyncDispose]();
}
