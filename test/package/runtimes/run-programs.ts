import type { HookServer } from './hook-inbox.ts';
import { checkCatalog } from './programs/catalog.ts';
import { callOverTrpc } from './programs/trpc.ts';
import { causeErrors } from './programs/errors.ts';
import { publish } from './programs/publish.ts';
import { receive } from './programs/receive.ts';
import { retry } from './programs/retry.ts';
import { subscribe } from './programs/subscribe.ts';
import { verifyVectors } from './programs/verify-vectors.ts';
import type { ProgramResults, RuntimeSettings } from './settings.ts';

type Program = (settings: RuntimeSettings) => Promise<unknown>;

/** What needs nothing but WebCrypto and `fetch`, one program for each capability. */
const portablePrograms: Readonly<Record<string, Program>> = {
  publish,
  causeErrors,
  retry,
  subscribe,
  verifyVectors,
  checkCatalog,
  callOverTrpc,
};

const limitMs = 45_000;

/** Runs each program, and `receive` with each server of the runtime. */
export async function runPrograms(
  settings: RuntimeSettings,
  servers: readonly HookServer[],
  more: Readonly<Record<string, Program>> = {},
): Promise<ProgramResults> {
  const receivers = servers.map((server): [string, Program] => [
    `receive with ${server.name}`,
    (given) => receive(given, server),
  ]);
  const programs = [...Object.entries(portablePrograms), ...receivers, ...Object.entries(more)];
  const results = programs.map(async ([name, run]): Promise<[string, unknown]> => {
    const result = run(settings).catch((error: unknown) => ({
      failed: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }));
    return [name, await withinLimit(result)];
  });
  return Object.fromEntries(await Promise.all(results));
}

/** Names a program that hangs, instead of waiting for it with all others. */
async function withinLimit<T>(result: Promise<T>): Promise<T | { failed: string }> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<{ failed: string }>((resolve) => {
    timer = setTimeout(() => resolve({ failed: `no result after ${limitMs} ms` }), limitMs);
  });
  try {
    return await Promise.race([result, limit]);
  } finally {
    clearTimeout(timer);
  }
}
