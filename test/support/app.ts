import { createHash, randomBytes } from 'node:crypto';
import type { inferRouterOutputs } from '@trpc/server';
import { MongoClient, type Db } from 'mongodb';
import type { Logger } from 'pino';
import { inject } from 'vitest';
import type { ErrorCode, Problem, Scope } from '@tocsin/shared';
import { createApp, type App } from '../../server/src/app/app.ts';
import type { AppOptions } from '../../server/src/app/options.ts';
import { readConfig } from '../../server/src/config.ts';
import type { Clock } from '../../server/src/domain/ports/runtime.ts';
import { createLog } from '../../server/src/telemetry/log.ts';
import { appRouter, type AppRouter } from '../../server/src/transport/trpc/router.ts';
import { returnDatabase, takeDatabase } from './prepared-databases.ts';
import { untilIdle } from './until-idle.ts';

export interface TestAppOptions {
  /** Environment variables: `{ RETRY_SCHEDULE: '10ms,20ms', DELIVERY_TIMEOUT_MS: '500', ROLE: 'api' }`. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Name of a database that several apps share. No test drops its database, because that takes longer than
   * most tests; the run ends with its mongod.
   * @default a new one
   */
  readonly database?: string;
  /** @default the mongod of the run */
  readonly mongoUri?: string;
  /** @default the database's clock */
  readonly clock?: Clock;
  /** @default silent */
  readonly log?: Logger;
  /** @default the built-in events only */
  readonly catalog?: AppOptions['catalog'];
  /** @default tracing is off */
  readonly tracer?: AppOptions['tracer'];
  /** Serves the demo receiver. @default false */
  readonly isDemoOpen?: boolean;
  /** How often endpoints are watched, ms. */
  readonly monitorEveryMs?: number;
  /** Limits of the engine that differ from those of the product. */
  readonly engineLimits?: AppOptions['engineLimits'];
}

type Outputs = inferRouterOutputs<AppRouter>;

/** The dotted name of a procedure: `webhooks.create`. */
export type ProcedurePath = {
  [R in keyof Outputs]: `${R}.${Extract<keyof Outputs[R], string>}`;
}[keyof Outputs];

export type OutputOf<TPath extends ProcedurePath> = TPath extends `${infer R}.${infer P}`
  ? R extends keyof Outputs
    ? P extends keyof Outputs[R]
      ? Outputs[R][P]
      : never
    : never
  : never;

interface TrpcError {
  readonly message: string;
  readonly code: number;
  readonly data: {
    readonly code: string;
    readonly httpStatus: number;
    readonly path?: string;
    readonly tocsin: {
      readonly code: ErrorCode;
      readonly retryable: boolean;
      readonly requestId: string;
      readonly retryAfterSeconds?: number;
      readonly errors: readonly Problem[];
    };
  };
}

interface TrpcAnswer<TData> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly data: TData | undefined;
  readonly error: TrpcError | undefined;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The unparsed body: the order of fields is part of the contracts. */
  readonly text: string;
  /** The parsed body; undefined if it is not JSON. */
  readonly json: unknown;
}

interface CallOptions {
  /** Null: no Authorization header. @default the root token */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A `tsk_` key and its id. */
interface TestKey {
  readonly id: string;
  readonly key: string;
}

/** The whole server with its own database, on a free port of loopback. */
export interface TestApp extends AsyncDisposable {
  readonly app: App;
  readonly url: string;
  readonly rootToken: string;
  /** The app's database, to inspect what is stored. */
  readonly db: Db;
  readonly database: string;
  /** Calls a procedure over HTTP and returns any response. */
  trpc<TPath extends ProcedurePath>(
    path: TPath,
    input?: unknown,
    options?: CallOptions,
  ): Promise<TrpcAnswer<OutputOf<TPath>>>;
  /** Calls a procedure that must succeed and returns its data. */
  call<TPath extends ProcedurePath>(
    path: TPath,
    input?: unknown,
    options?: CallOptions,
  ): Promise<OutputOf<TPath>>;
  /** Sends `body` as JSON; a string is sent unchanged. */
  rest(method: string, path: string, body?: unknown, options?: CallOptions): Promise<RestAnswer>;
  createAccount(): Promise<string>;
  /** @default a new id in the default account */
  createApp(options?: { readonly id?: string; readonly accountId?: string }): Promise<string>;
  /** @default every scope of the default account */
  createKey(options?: { readonly accountId?: string; readonly scopes?: readonly Scope[] }): Promise<TestKey>;
  /** Waits until nothing is owed to any receiver: every delivery has ended. */
  whenIdle(): Promise<void>;
  /**
   * Returns a digest of everything that a caller can change: equal before and after a call that changes
   * nothing.
   */
  fingerprint(): Promise<Record<string, unknown>>;
  /** Closes the server and keeps the database. */
  stop(): Promise<void>;
}

/**
 * Collections that the server itself writes to: erasure of deleted apps, running processes and their partitions, last use of keys,
 * health of endpoints, incidents, what limits count, and the log of the feed.
 */
export const writtenByServer: readonly string[] = [
  'app_deletions',
  'processes',
  'partitions',
  'keys',
  'endpoint_health',
  'incidents',
  'signal_log',
  'activity',
  'webhook_activity',
  'rate_budgets',
  'change_counts',
  'feed_log',
  'feed_slices',
  'monitor',
  'endpoint_watches',
];

/**
 * The account's rate limit would depend on how fast the machine runs a test that has many callers in one
 * account. Tests of the limit set their own.
 */
const testDefaults = { ALLOW_PRIVATE_TARGETS: 'true', MAX_CALLS_PER_SECOND: '10000' };

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const client = new MongoClient(options.mongoUri ?? inject('mongoUri'));
  const isPrepared = options.database === undefined && options.mongoUri === undefined;
  const database =
    options.database ?? (isPrepared ? await takeDatabase(client) : `test_${randomBytes(8).toString('hex')}`);
  const mongodbUri = withDatabase(options.mongoUri ?? inject('mongoUri'), database);
  const config = readConfig({ ...testDefaults, ...options.env });
  const rootToken = config.ROOT_TOKEN ?? `root_${randomBytes(16).toString('hex')}`;
  const app = await createApp({
    ...config,
    catalog: options.catalog,
    mongodbUri,
    rootToken,
    // The same for all apps of a database.
    encryptionKey: config.ENCRYPTION_KEY ?? createHash('sha256').update(database).digest(),
    allowPrivateTargets: config.ALLOW_PRIVATE_TARGETS ?? true,
    log: options.log ?? createLog('silent'),
    isDemoOpen: options.isDemoOpen ?? false,
    tracer: options.tracer,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.monitorEveryMs === undefined ? {} : { monitorEveryMs: options.monitorEveryMs }),
    ...(options.engineLimits === undefined ? {} : { engineLimits: options.engineLimits }),
  });
  const url = await app.http.listen({ port: 0, host: '127.0.0.1' });
  const db = client.db(database);
  let isDisposed = false;

  const headersOf = ({ token = rootToken, headers = {} }: CallOptions): Record<string, string> => ({
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...headers,
  });

  async function trpc<TPath extends ProcedurePath>(
    path: TPath,
    input?: unknown,
    callOptions: CallOptions = {},
  ): Promise<TrpcAnswer<OutputOf<TPath>>> {
    const json = input === undefined ? undefined : JSON.stringify(input);
    const headers = headersOf(callOptions);
    const isQuery = typeOfProcedure(path) === 'query';
    const query = isQuery && json !== undefined ? `?input=${encodeURIComponent(json)}` : '';
    const init: RequestInit = isQuery
      ? { headers }
      : { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: json ?? '' };
    const response = await fetch(`${url}/trpc/${path}${query}`, init);
    const text = await response.text();
    const body = parseJson(text) as { result?: { data: OutputOf<TPath> }; error?: TrpcError } | undefined;
    return {
      status: response.status,
      headers: response.headers,
      text,
      data: body?.result?.data,
      error: body?.error,
    };
  }

  async function call<TPath extends ProcedurePath>(
    path: TPath,
    input?: unknown,
    callOptions?: CallOptions,
  ): Promise<OutputOf<TPath>> {
    const answer = await trpc(path, input, callOptions);
    if (answer.data === undefined) throw new Error(`${path} failed: ${answer.text}`);
    return answer.data;
  }

  async function rest(
    method: string,
    path: string,
    body?: unknown,
    callOptions: CallOptions = {},
  ): Promise<RestAnswer> {
    const headers = headersOf(callOptions);
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      ...(body === undefined
        ? { headers }
        : {
            headers: { 'content-type': 'application/json', ...headers },
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parseJson(text) };
  }

  return {
    app,
    url,
    rootToken,
    db,
    database,
    trpc,
    call,
    rest,
    createAccount: async () => (await call('accounts.create', { name: 'An account' })).id,
    createApp: async (given = {}) => (await call('apps.create', { name: 'An app', ...given })).id,
    createKey: async (given = {}) => await call('keys.create', { name: 'A key', scopes: ['*'], ...given }),
    whenIdle: () => untilIdle(db),
    fingerprint: async () => await fingerprintOf(db),
    stop: () => app.close(),
    [Symbol.asyncDispose]: async () => {
      // A second call must not empty the database of the app that uses it now.
      if (isDisposed) return;
      isDisposed = true;
      await app.close();
      if (isPrepared) await returnDatabase(client, db);
      await client.close();
    },
  };
}

function withDatabase(uri: string, database: string): string {
  const [servers = uri, query] = uri.replace(/\/?$/, '').split(/\/?\?/);
  return `${servers}/${database}${query === undefined ? '' : `?${query}`}`;
}

function typeOfProcedure(path: ProcedurePath): 'query' | 'mutation' | 'subscription' {
  const { procedures } = appRouter._def;
  if (!(path in procedures)) throw new Error(`no procedure ${path}`);
  return (procedures as unknown as Record<string, { _def: { type: 'query' | 'mutation' } }>)[path]?._def
    .type === 'query'
    ? 'query'
    : 'mutation';
}

async function fingerprintOf(db: Db): Promise<Record<string, unknown>> {
  const { collections } = await db.command({ dbHash: 1 });
  const hashes = Object.entries(collections as Record<string, string>).filter(
    ([name]) => !writtenByServer.includes(name),
  );
  const keys = await db.collection('keys').find().project({ lastUsedAt: 0 }).sort({ _id: 1 }).toArray();
  return { ...Object.fromEntries(hashes), keys };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
