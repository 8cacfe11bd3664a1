import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { readLogTail, rotateLog } from './log-tail.ts';
import { choosePort, readAddress, writeAddress, type MongodAddress } from './mongod-address.ts';
import { findMongodOn, spawnMongod, type MongodExit } from './mongod-process.ts';
import { pollUntil } from './poll-until.ts';
import { acceptsConnections } from './ports.ts';
import { becomePrimaryOfOne } from './replica-set.ts';
import { RunningMongod } from './running-mongod.ts';

export interface MongodOptions {
  readonly binary: string;
  /** Created when missing. Holds the data, the log and the port of the last start. */
  readonly dataDir: string;
  /** 0 takes the last start's port when it is free, else any free one. @default 0 */
  readonly port?: number | undefined;
  /** @default 'tocsin' */
  readonly replSet?: string | undefined;
  readonly report: (line: string) => void;
  readonly extraArgs?: readonly string[] | undefined;
  /** @default 1 */
  readonly cacheSizeGB?: number | undefined;
  /** @default 512 */
  readonly oplogSizeMB?: number | undefined;
  /** How long it may take to be ready, recovery after a crash included. @default 60000 */
  readonly readyWithinMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

type MakeReady = (address: MongodAddress, signal: AbortSignal) => Promise<void>;

/** Ends of mongod that another try can mend: its port was taken, or its folder by another mongod. */
const mendableCodes: ReadonlySet<number | null> = new Set([48, 100]);

/** Starts mongod as a replica set of one, or adopts the one that already runs on the folder; ready for writes. */
export function startMongod(options: MongodOptions): Promise<RunningMongod> {
  return launch(options, becomePrimaryOfOne);
}

/** Starts mongod and leaves its replica set to the caller. */
export function launchMongod(options: MongodOptions): Promise<RunningMongod> {
  return launch(options, async () => {});
}

async function launch(options: MongodOptions, makeReady: MakeReady): Promise<RunningMongod> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  // The path that mongod shows in its arguments, by which a later start recognizes it.
  const dataDir = await realpath(options.dataDir);
  const limit = new AbortController();
  const withinMs = options.readyWithinMs ?? 60_000;
  const timer = setTimeout(() => limit.abort(new Error(`not ready within ${withinMs} ms`)), withinMs);
  const notice = setInterval(() => options.report('still waiting for mongod to be ready'), 5_000);
  const abort = () => limit.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', abort, { once: true });
  if (options.signal?.aborted === true) abort();

  try {
    // Three: a port can be taken between the look and the start, and a mongod found here can be on its way out.
    for (let triesLeft = 3; ; triesLeft -= 1) {
      limit.signal.throwIfAborted();
      const mongod = (await adopt(dataDir, options.report)) ?? (await spawnOn(dataDir, options));
      const exit = await waitUntilReady(mongod, makeReady, limit.signal);
      if (exit === undefined) return mongod;
      const isMendable = mongod.isAdopted || mendableCodes.has(exit.code);
      if (!isMendable || triesLeft <= 1)
        throw new Error(`ended with ${exit.code ?? exit.signal} while it started`);
      options.report(`mongod (process ${mongod.pid}) ended while it started; trying again`);
    }
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    const reason = error instanceof Error ? error.message : 'unknown error';
    const tail = await readLogTail(logIn(dataDir));
    throw new Error(`mongod on ${dataDir}: ${reason}\nThe end of ${logIn(dataDir)}:\n${tail}`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    clearInterval(notice);
    options.signal?.removeEventListener('abort', abort);
  }
}

/** Takes over a mongod that a killed server left running here. */
async function adopt(dataDir: string, report: (line: string) => void): Promise<RunningMongod | undefined> {
  const found = await findMongodOn(dataDir);
  if (found === undefined) return undefined;
  const address = await readAddress(dataDir);
  if (address === undefined) {
    throw new Error(
      `process ${found.pid} is a mongod on this folder that Tocsin did not start: stop it first`,
    );
  }
  report(`mongod (process ${found.pid}) still runs from an earlier start: using it`);
  return new RunningMongod(found, { ...address, dataDir, isAdopted: true });
}

async function spawnOn(dataDir: string, options: MongodOptions): Promise<RunningMongod> {
  const address = {
    port: await choosePort(dataDir, options.port ?? 0),
    replSet: options.replSet ?? 'tocsin',
  };
  await rotateLog(logIn(dataDir));
  await writeAddress(dataDir, address);
  const started = await spawnMongod(options.binary, argumentsFor(dataDir, address, options), logIn(dataDir));
  return new RunningMongod(started, { ...address, dataDir, isAdopted: false });
}

function argumentsFor(dataDir: string, address: MongodAddress, options: MongodOptions): readonly string[] {
  const pairs: readonly (readonly [string, string])[] = [
    ['--dbpath', dataDir],
    ['--port', String(address.port)],
    ['--bind_ip', '127.0.0.1'],
    ['--replSet', address.replSet],
    ['--oplogSize', String(options.oplogSizeMB ?? 512)],
    ['--storageEngine', 'wiredTiger'],
    ['--wiredTigerCacheSizeGB', String(options.cacheSizeGB ?? 1)],
    ['--logpath', logIn(dataDir)],
    // Its own statistics, written every second: idle disk traffic that nobody here reads.
    ['--setParameter', 'diagnosticDataCollectionEnabled=false'],
    // It would wait up to 15 s for other members to take over, and a set of one has none.
    ['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=0'],
  ];
  // Without --nounixsocket it leaves sockets in /tmp, which a kill does not remove.
  return [...pairs.flat(), '--logappend', '--nounixsocket', ...(options.extraArgs ?? [])];
}

/** Undefined when it is ready; its exit when it ended before. One that was started here does not outlive a failure. */
async function waitUntilReady(
  mongod: RunningMongod,
  makeReady: MakeReady,
  limit: AbortSignal,
): Promise<MongodExit | undefined> {
  const ended = new AbortController();
  const end = () => ended.abort(limit.reason);
  limit.addEventListener('abort', end, { once: true });
  if (limit.aborted) end();
  const listening = async () => ((await acceptsConnections(mongod.port)) ? true : undefined);
  const ready = async () => {
    await pollUntil(listening, { everyMs: 10, signal: ended.signal });
    await makeReady(mongod, ended.signal);
    return undefined;
  };
  try {
    return await Promise.race([ready(), mongod.exited]);
  } catch (error) {
    if (!mongod.isAdopted) await mongod.kill();
    throw error;
  } finally {
    limit.removeEventListener('abort', end);
    // Ends the waiting that lost the race.
    ended.abort(new Error('mongod ended'));
  }
}

function logIn(dataDir: string): string {
  return join(dataDir, 'mongod.log');
}
