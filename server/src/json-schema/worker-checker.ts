import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { SchemaChecker, SchemaToCheck } from '../domain/ports/json-schemas.ts';
import type { CheckMessage } from './check-worker.ts';

export interface WorkerCheckerOptions {
  /**
   * Time limit of one schema with its example, in ms.
   * @default 5,000
   */
  readonly timeLimitMs?: number;
}

/** How long a worker may take to start, ms. */
const startLimitMs = 30_000;

/**
 * Checks schemas in a worker thread, one call at a time. A schema that takes too long ends the worker, and the next
 * one begins in a new worker.
 */
export function createWorkerChecker({ timeLimitMs = 15_000 }: WorkerCheckerOptions = {}): SchemaChecker {
  let last: Promise<unknown> = Promise.resolve();
  return {
    async check(definitions) {
      const turn = last.then(async () => await checkAll(definitions, timeLimitMs));
      last = turn.catch(() => undefined);
      return await turn;
    },
  };
}

async function checkAll(
  definitions: readonly SchemaToCheck[],
  timeLimitMs: number,
): Promise<readonly (string | undefined)[]> {
  const problems: (string | undefined)[] = [];
  while (problems.length < definitions.length) {
    problems.push(...(await checkSome(definitions.slice(problems.length), timeLimitMs)));
  }
  return problems;
}

function startWorker(workerData: readonly SchemaToCheck[]): Worker {
  const options = { workerData, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 256 } };
  const isBuild = import.meta.url.endsWith('.js');
  if (isBuild) return new Worker(new URL('./check-worker.js', import.meta.url), options);
  // Node does not pass the loader of the main thread on to workers, so the worker imports its source with tsx.
  const source = JSON.stringify(new URL('./check-worker.ts', import.meta.url).href);
  // Resolved as for `require`, whose module does not work here, is next to that for `import`.
  const tsx = new URL('index.mjs', pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api'))).href;
  const code = `import(${JSON.stringify(tsx)}).then(({ tsImport }) => tsImport(${source}, ${source}))`;
  return new Worker(code, { ...options, eval: true });
}

/** Checks schemas until the end, or until one ends the worker. Returns the results up to that one, at least one. */
function checkSome(
  definitions: readonly SchemaToCheck[],
  timeLimitMs: number,
): Promise<readonly (string | undefined)[]> {
  const worker = startWorker(definitions);
  const results: (string | undefined)[] = [];
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const end = (outcome: () => void) => {
      clearTimeout(timer);
      worker.removeAllListeners();
      // Its errors are of no more interest.
      worker.on('error', () => undefined);
      void worker.terminate();
      outcome();
    };
    const endWith = (problem: string) => end(() => resolve([...results, problem]));
    const endAfter = (ms: number, act: () => void) => {
      clearTimeout(timer);
      timer = setTimeout(act, ms);
    };
    // Until the first schema begins. A busy machine starts a worker slowly, which says nothing about a schema.
    endAfter(startLimitMs, () =>
      end(() => reject(new Error('the worker that checks schemas did not start'))),
    );
    worker.on('message', (message: CheckMessage) => {
      endAfter(timeLimitMs, () =>
        endWith(`schema: takes longer than ${timeLimitMs} ms to compile and check`),
      );
      if (message.kind === 'begins') return;
      results.push(message.problem);
      if (results.length === definitions.length) end(() => resolve(results));
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') endWith('schema: needs too much memory to compile');
      else end(() => reject(error));
    });
  });
}
