import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { logContains, readLogOfLastStart, readLogTail, rotateLog } from './log-tail.ts';
import { choosePort, readAddress, writeAddress, type MongodAddress } from './mongod-address.ts';
import { findMongodOn, spawnMongod, type MongodExit } from './mongod-process.ts';
import { pollUntil } from './poll-until.ts';
import { acceptsConnections } from './ports.ts';
import type { MongodCredentials } from './mongod-credentials.ts';
import { ensureUser, toSystemLogin } from './mongod-user.ts';
import { StartError } from '../startup/start-error.ts';
import { explainMongodFailure } from './mongod-failure.ts';
import { becomePrimaryOfOne, isAuthenticationError } from './replica-set.ts';
import { RunningMongod } from './running-mongod.ts';
import { readCommandLine } from './running-process.ts';

export interface MongodOptions {
  readonly binary: string;
  /** Created if missing. Contains the data, the log and the port of the last start. */
  readonly dataDir: string;
  /** 0 selects the port of the last start if it is free, otherwise any free port. @default 0 */
  readonly port?: number | undefined;
  /** @default 'tocsin' */
  readonly replSet?: string | undefined;
  readonly report: (line: string) => void;
  readonly extraArgs?: readonly string[] | undefined;
  /** @default 1 */
  readonly cacheSizeGB?: number | undefined;
  /** @default 512 */
  readonly oplogSizeMB?: number | undefined;
  /** Time limit for the start, including recovery after a crash. @default 60000 */
  readonly startTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Turns authentication on. @default mongod accepts everyone on this machine */
  readonly credentials?: MongodCredentials | undefined;
}

type MakeReady = (address: MongodAddress, signal: AbortSignal) => Promise<void>;

/** Exit codes of mongod that are worth a retry: the port (48) or the folder (100) was in use. */
const retryableExitCodes: ReadonlySet<number | null> = new Set([48, 100]);

/** The last words of a mongod that bound its port, but found another process listening on it. */
const lostPortMessage = 'Error listening for new connections';

/**
 * Starts mongod as a replica set of one, or adopts the mongod that already runs on the folder. Resolves when
 * it accepts writes.
 */
export function startMongod(options: MongodOptions): Promise<RunningMongod> {
  const { credentials, report } = options;
  if (credentials === undefined) return launch(options, becomePrimaryOfOne);
  return launch(options, async (address, signal) => {
    await becomePrimaryOfOne(address, signal, toSystemLogin(credentials));
    await ensureUser(address.port, credentials, report);
  });
}

/** Starts mongod without a replica set. The caller initiates one. */
export function launchMongod(options: MongodOptions): Promise<RunningMongod> {
  return launch(options, async () => {});
}

async function launch(options: MongodOptions, makeReady: MakeReady): Promise<RunningMongod> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  // A later start recognizes the mongod by this path in its arguments.
  const dataDir = await realpath(options.dataDir);
  const limit = new AbortController();
  const timeoutMs = options.startTimeoutMs ?? 60_000;
  const timer = setTimeout(() => limit.abort(new Error(`not ready within ${timeoutMs} ms`)), timeoutMs);
  const notice = setInterval(() => options.report('Still waiting for MongoDB to be ready'), 5_000);
  const abort = () => limit.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', abort, { once: true });
  if (options.signal?.aborted === true) abort();
  let signal: NodeJS.Signals | null = null;

  try {
    // Retries, because another process can take the port before mongod does, and an adopted mongod can be
    // stopping.
    for (let triesLeft = 3; ; triesLeft -= 1) {
      limit.signal.throwIfAborted();
      const mongod = (await adopt(dataDir, options)) ?? (await spawnOn(dataDir, options));
      const exit = await waitUntilReady(mongod, makeReady, limit.signal).catch(async (error: unknown) => {
        if (!mongod.isAdopted || !isAuthenticationError(error)) throw error;
        // It was started with a key file that has been replaced since.
        await mongod.stop();
        return await mongod.exited;
      });
      if (exit === undefined) return mongod;
      if (triesLeft <= 1 || !(await isRetryable(mongod, exit))) {
        signal = exit.signal;
        throw new Error(`exited with ${exit.code ?? exit.signal} during startup`);
      }
      options.report(`mongod (process ${mongod.pid}) exited during startup; retrying`);
    }
  } catch (error) {
    if (options.signal?.aborted === true || error instanceof StartError) throw error;
    const reason = error instanceof Error ? error.message : 'unknown error';
    const logFile = toLogFile(dataDir);
    const cause = explainMongodFailure(await readLogOfLastStart(logFile), signal);
    const details =
      cause === undefined
        ? `; last lines of ${logFile}:\n${await readLogTail(logFile)}`
        : `: ${cause} (log: ${logFile})`;
    throw new StartError(`mongod on ${dataDir}: ${reason}${details}`, { cause: error });
  } finally {
    clearTimeout(timer);
    clearInterval(notice);
    options.signal?.removeEventListener('abort', abort);
  }
}

async function isRetryable(mongod: RunningMongod, exit: MongodExit): Promise<boolean> {
  if (mongod.isAdopted || retryableExitCodes.has(exit.code)) return true;
  // mongod binds its port long before it listens. A process that listens in between makes mongod abort.
  return exit.signal === 'SIGABRT' && (await logContains(toLogFile(mongod.dataDir), lostPortMessage));
}

/** Returns the mongod that a killed server left running on the folder, if any. */
async function adopt(
  dataDir: string,
  { credentials, report }: MongodOptions,
): Promise<RunningMongod | undefined> {
  const found = await findMongodOn(dataDir);
  if (found === undefined) return undefined;
  const address = await readAddress(dataDir);
  if (address === undefined) {
    throw new StartError(
      `process ${found.pid} is a mongod on this folder that Tocsin did not start; stop it first`,
    );
  }
  const mongod = new RunningMongod(found, { ...address, dataDir, isAdopted: true, credentials });
  if (
    credentials !== undefined &&
    !(await readCommandLine(found.pid)).includes(toKeyFileArgument(credentials))
  ) {
    report(`restarting mongod (process ${found.pid}), which runs without a password`);
    await mongod.stop();
    return undefined;
  }
  report(`using mongod (process ${found.pid}) that is still running from an earlier start`);
  return mongod;
}

async function spawnOn(dataDir: string, options: MongodOptions): Promise<RunningMongod> {
  const address = {
    port: await choosePort(dataDir, options.port ?? 0),
    replSet: options.replSet ?? 'tocsin',
  };
  const logFile = toLogFile(dataDir);
  await rotateLog(logFile);
  await writeAddress(dataDir, address);
  const spawned = await spawnMongod(options.binary, toArguments(dataDir, address, options), logFile);
  const { credentials } = options;
  return new RunningMongod(spawned, { ...address, dataDir, isAdopted: false, credentials });
}

function toArguments(dataDir: string, address: MongodAddress, options: MongodOptions): readonly string[] {
  const pairs: (readonly [string, string])[] = [
    ['--dbpath', dataDir],
    ['--port', String(address.port)],
    ['--bind_ip', '127.0.0.1'],
    ['--replSet', address.replSet],
    ['--oplogSize', String(options.oplogSizeMB ?? 512)],
    ['--storageEngine', 'wiredTiger'],
    ['--wiredTigerCacheSizeGB', String(options.cacheSizeGB ?? 1)],
    ['--logpath', toLogFile(dataDir)],
    // Diagnostic data would be written to disk every second, and nothing reads it.
    ['--setParameter', 'diagnosticDataCollectionEnabled=false'],
    // By default, mongod waits up to 15 s for an election, and a set of one has no other members.
    ['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=0'],
  ];
  if (options.credentials !== undefined) {
    // Without this, the first program to connect could create a user.
    pairs.push(
      ['--keyFile', options.credentials.keyFile],
      ['--setParameter', 'enableLocalhostAuthBypass=false'],
    );
  }
  // Without --nounixsocket, a killed mongod leaves sockets in /tmp.
  return [...pairs.flat(), '--logappend', '--nounixsocket', ...(options.extraArgs ?? [])];
}

/**
 * Resolves to undefined when mongod is ready, and to its exit if it exits first. On an error, kills a mongod
 * that this process started.
 */
async function waitUntilReady(
  mongod: RunningMongod,
  makeReady: MakeReady,
  limit: AbortSignal,
): Promise<MongodExit | undefined> {
  const waiting = new AbortController();
  const cancel = () => waiting.abort(limit.reason);
  limit.addEventListener('abort', cancel, { once: true });
  if (limit.aborted) cancel();
  const listening = async () => ((await acceptsConnections(mongod.port)) ? true : undefined);
  const ready = async () => {
    await pollUntil(listening, { everyMs: 10, signal: waiting.signal });
    await makeReady(mongod, waiting.signal);
    return undefined;
  };
  try {
    return await Promise.race([ready(), mongod.exited]);
  } catch (error) {
    if (!mongod.isAdopted) await mongod.kill();
    throw error;
  } finally {
    limit.removeEventListener('abort', cancel);
    // Stops waiting for a mongod that exited.
    waiting.abort(new Error('mongod exited'));
  }
}

/** As it stands in the command line of a process. */
function toKeyFileArgument({ keyFile }: MongodCredentials): string {
  return `--keyFile ${keyFile} `;
}

function toLogFile(dataDir: string): string {
  return join(dataDir, 'mongod.log');
}
