import { createApp, type App } from './app/app.ts';
import { loadCatalogs } from './catalog/load-catalogs.ts';
import { readConfig, type Config } from './config.ts';
import { startDatabase, type Database } from './database.ts';
import { isTocsinError } from './domain/errors.ts';
import { toBanner } from './startup/banner.ts';
import { checkListen, toListenError } from './startup/check-listen.ts';
import { arePrivateTargetsAllowed, isDemoOpen } from './startup/demo-settings.ts';
import { explainStartFailure } from './startup/explain-start-failure.ts';
import { createStartLog, createTerminalLog } from './startup/logs.ts';
import { findMisspelledNames, toWarning } from './startup/misspelled-names.ts';
import { createStatusLine, type StatusLine } from './startup/status-line.ts';
import { InterruptedError, StopSignals } from './startup/stop-signals.ts';
import { createScrubber } from './telemetry/scrub.ts';
import { createTracer, getTraceFields } from './telemetry/tracing.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The app that the first start with an embedded database creates, for a first try. */
const demoAppId = 'app_demo';

/**
 * Runs the server as a process: reads the configuration, listens and handles signals. Exits with 1 if it
 * cannot start.
 */
export async function serve(env: Environment): Promise<void> {
  const status = createStatusLine(process.stdout);
  const signals = new StopSignals(status.print);
  try {
    await run(env, status, signals);
  } catch (error) {
    status.clear();
    if (error instanceof InterruptedError) {
      status.print('Tocsin has stopped.');
      process.exit(error.exitCode);
    }
    process.stderr.write(`${toStartFailure(error, env)}\n`);
    const isDebugging = env['LOG_LEVEL'] === 'debug' || env['LOG_LEVEL'] === 'trace';
    if (isDebugging && error instanceof Error)
      process.stderr.write(`${createScrubber([])(error.stack ?? '')}\n`);
    process.exit(1);
  }
}

function toStartFailure(error: unknown, env: Environment): string {
  const reason = explainStartFailure(error, env);
  // Several invalid variables take a line each.
  return `Tocsin cannot start:${reason.startsWith('\n') ? '' : ' '}${reason}`;
}

async function run(env: Environment, status: StatusLine, signals: StopSignals): Promise<void> {
  await warnOfMisspelledNames(env);
  const config = readConfig(env);
  const catalog =
    config.CATALOG === undefined ? undefined : await loadCatalogs(config.CATALOG, process.cwd());
  const database = await startDatabase(config, {
    report: status.print,
    progress: status.show,
    signal: signals.signal,
    // Before the database starts, so that a port in use costs nothing.
    beforeStart: () => checkListen(config),
  });
  const { encryptionKey } = database;
  const secrets = [
    database.rootToken,
    ...database.secrets,
    ...[config.METRICS_TOKEN, config.OUTBOUND_PROXY?.authorization].filter((secret) => secret !== undefined),
    ...[encryptionKey, ...(config.ENCRYPTION_KEY_PREVIOUS ?? [])].map(toBase64),
  ];
  const traces = await startTracing(config);
  const tracer = createTracer();
  const log = await createTerminalLog(config.LOG_LEVEL, {
    format: config.LOG_FORMAT,
    secrets,
    getFields: tracer === undefined ? undefined : getTraceFields,
  });
  let app: App | undefined;
  const isOpen = isDemoOpen(config, database);
  try {
    app = await createApp({
      ...config,
      catalog,
      INSTANCE: config.INSTANCE ?? toDefaultInstance(database),
      mongodbUri: database.uri,
      rootToken: database.rootToken,
      encryptionKey,
      allowPrivateTargets: arePrivateTargetsAllowed(config, database),
      isDemoOpen: isOpen,
      log,
      tracer,
    });
    if (database.isEmbedded) await createDemoApp(app);
    await listen(app, config);
    const running = app;
    signals.setShutdown(async () => {
      await running.close();
      await traces
        ?.stop()
        .catch((error: unknown) => log.warn({ err: error }, 'the last traces were not sent'));
      await database.stop();
    });
  } catch (error) {
    await app?.close();
    await database.stop();
    throw error;
  }
  void database.ended.then(() => {
    // Without its database the server can do nothing. A supervisor or the operator restarts both.
    if (signals.isStopping) return;
    process.stderr.write(
      `the embedded mongod exited; see ${config.DATA_DIR}/mongo/mongod.log and restart the server\n`,
    );
    process.exit(1);
  });
  // Printed last, because a process that waits for it may send a signal immediately.
  status.print(
    toBanner({ config, database, port: getPort(app) ?? config.PORT, isDemoOpen: isOpen, demoAppId }),
  );
}

/** Comes first, because a start can fail for the setting that was meant. */
async function warnOfMisspelledNames(env: Environment): Promise<void> {
  const misspelled = findMisspelledNames(env);
  if (misspelled.length === 0) return;
  const log = await createStartLog(env);
  for (const entry of misspelled) log.warn({ variable: entry.name }, toWarning(entry));
}

async function listen(app: App, config: Config): Promise<void> {
  try {
    await app.http.listen({ port: config.PORT, host: config.HOST });
  } catch (error) {
    throw toListenError(error, config);
  }
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
