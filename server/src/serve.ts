import { createApp, type App } from './app/app.ts';
import { CatalogLoadError, loadCatalogs } from './catalog/load-catalogs.ts';
import { ConfigError, readConfig, type Config } from './config.ts';
import { startDatabase, type Database } from './database.ts';
import { isTocsinError } from './domain/errors.ts';
import { DataDirInUseError } from './embedded/data-dir-lock.ts';
import { InvalidCatalogError } from './services/event-types/catalog-types.ts';
import { IncompatibleSchemaError } from './services/maintenance/migrate.ts';
import { createLog } from './telemetry/log.ts';
import { createScrubber } from './telemetry/scrub.ts';
import { createTracer } from './telemetry/tracing.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs the server as a process: reads the configuration, listens and handles signals. Exits with 1 if it
 * cannot start.
 */
export async function serve(env: Environment): Promise<void> {
  try {
    await run(env);
  } catch (error) {
    process.stderr.write(createScrubber([])(`${explain(error)}\n`));
    process.exit(1);
  }
}

/** Time limit of the graceful shutdown. Open requests may take 10 s, and writing their results 5 s. */
const shutdownTimeoutMs = 20_000;

/** The app that the first start with an embedded database creates, for a first try. */
const demoAppId = 'app_demo';

async function run(env: Environment): Promise<void> {
  const config = readConfig(env);
  const catalog =
    config.CATALOG === undefined ? undefined : await loadCatalogs(config.CATALOG, process.cwd());
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const database = await startDatabase(config, print);
  const { encryptionKey } = database;
  const secrets = [
    database.rootToken,
    ...database.secrets,
    ...[config.METRICS_TOKEN, config.OUTBOUND_PROXY?.authorization].filter((secret) => secret !== undefined),
    ...[encryptionKey, ...(config.ENCRYPTION_KEY_PREVIOUS ?? [])].map(toBase64),
  ];
  const log = createLog(config.LOG_LEVEL, { secrets });
  let app: App;
  const traces = await startTracing(config);
  try {
    app = await createApp({
      ...config,
      catalog,
      INSTANCE: config.INSTANCE ?? toDefaultInstance(database),
      mongodbUri: database.uri,
      rootToken: database.rootToken,
      encryptionKey,
      allowPrivateTargets: arePrivateTargetsAllowed(config, database),
      log,
      tracer: createTracer(),
    });
    if (database.isEmbedded) await createDemoApp(app);
    await app.http.listen({ port: config.PORT, host: config.HOST });
  } catch (error) {
    await database.stop();
    throw error;
  }
  void database.ended.then(() => {
    // Without its database the server can do nothing. A supervisor or the operator restarts both.
    if (isStopping()) return;
    process.stderr.write(
      `the embedded mongod exited; see ${config.DATA_DIR}/mongo/mongod.log and restart the server\n`,
    );
    process.exit(1);
  });
  const isStopping = stopOnSignals(async () => {
    await app.close();
    await traces?.stop().catch((error: unknown) => log.warn({ err: error }, 'the last traces were not sent'));
    await database.stop();
  }, print);
  // Printed last, because a process that waits for it may send a signal immediately.
  print(toBanner(config, database, getPort(app) ?? config.PORT));
}

/**
 * The embedded database is for a first try, whose receivers run on the same machine. In production, only
 * ALLOW_PRIVATE_TARGETS itself switches the SSRF guard off.
 */
function arePrivateTargetsAllowed(
  { ALLOW_PRIVATE_TARGETS, isProduction }: Pick<Config, 'ALLOW_PRIVATE_TARGETS' | 'isProduction'>,
  { isEmbedded }: Pick<Database, 'isEmbedded'>,
): boolean {
  return ALLOW_PRIVATE_TARGETS ?? (isEmbedded && !isProduction);
}

/** The lock of DATA_DIR lets only one server start with an embedded database. */
function toDefaultInstance({ isEmbedded }: Pick<Database, 'isEmbedded'>): string | undefined {
  return isEmbedded ? 'embedded' : undefined;
}

/** Starts tracing, unless a preloaded OpenTelemetry SDK (`node --import`) already provides a tracer. */
async function startTracing(config: Config): Promise<{ stop(): Promise<void> } | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: serviceName } = config;
  if (endpoint === undefined || createTracer() !== undefined) return undefined;
  const { startOtlp } = await import('./telemetry/otlp.ts');
  return startOtlp({ endpoint, serviceName });
}

function toBase64(key: Buffer): string {
  return key.toString('base64');
}

async function createDemoApp(app: App): Promise<void> {
  const root = { kind: 'root' } as const;
  const page = await app.services.apps.list(root, { cursor: undefined, limit: 1 });
  if (page.items.length > 0) return;
  await app.services.apps.create(root, { id: demoAppId, name: 'Demo' }).catch((error: unknown) => {
    // The operator deleted it, and its id is never given again.
    if (!isTocsinError(error) || error.code !== 'ALREADY_EXISTS') throw error;
  });
}

function getPort(app: App): number | undefined {
  const address = app.http.server.address();
  return typeof address === 'object' ? address?.port : undefined;
}

function toBanner(config: Config, database: Database, port: number): string {
  const host = config.HOST === '0.0.0.0' || config.HOST === '::' ? '127.0.0.1' : config.HOST;
  const url = `http://${host}:${port}`;
  const lines = [
    '',
    `  Tocsin is running at ${url}   (role ${config.ROLE}${config.ROLE === 'worker' ? '' : `, docs at ${url}/docs`})`,
    `  Root token: ${database.rootTokenPath === undefined ? 'set by ROOT_TOKEN' : `stored in ${database.rootTokenPath}`}`,
  ];
  if (config.DELIVERY_HOLD) lines.push('  DELIVERY_HOLD is set: sending and retention are paused');
  if (database.rootTokenPath !== undefined) {
    lines.push(
      '',
      '  Try it:',
      `  curl -X POST ${url}/v1/admin/apps/${demoAppId}/webhooks \\`,
      '    -H "Content-Type: application/json" \\',
      `    -H "Authorization: Bearer $(cat ${database.rootTokenPath})" \\`,
      `    -d '{"url":"http://127.0.0.1:4500/webhook","events":["user.login"]}'`,
    );
  }
  return [...lines, ''].join('\n');
}

/**
 * Starts the graceful shutdown on the first SIGINT or SIGTERM and exits immediately on the second one.
 * Returns a function that tells whether a signal was received.
 */
function stopOnSignals(stop: () => Promise<void>, print: (line: string) => void): () => boolean {
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    print(`${signal}: shutting down gracefully; repeat the signal to stop immediately`);
    setTimeout(() => process.exit(1), shutdownTimeoutMs).unref();
    stop().then(
      () => {
        print('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        process.stderr.write(`graceful shutdown failed: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => isStopping;
}

function explain(error: unknown): string {
  if (error instanceof ConfigError)
    return `Tocsin cannot start:\n${error.lines.map((line) => `  ${line}`).join('\n')}`;
  if (error instanceof CatalogLoadError || error instanceof InvalidCatalogError)
    return `Tocsin cannot start: ${error.message}`;
  if (error instanceof DataDirInUseError || error instanceof IncompatibleSchemaError)
    return `Tocsin cannot start: ${error.message}`;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `Tocsin cannot start: ${error.message}. Set another PORT.`;
  }
  return `Tocsin cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
