import { createApp, type App } from './app/app.ts';
import { ConfigError, readConfig, type Config } from './config.ts';
import { startDatabase, type Database } from './database.ts';
import { DataDirInUseError } from './embedded/data-dir-lock.ts';
import { IncompatibleSchemaError } from './services/maintenance/migrate.ts';
import { createLog } from './telemetry/log.ts';
import { createScrubber } from './telemetry/scrub.ts';
import { createTracer } from './telemetry/tracing.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The server as a process: configuration, listening, signals. Says why when it cannot start, and ends the process. */
export async function serve(env: Environment): Promise<void> {
  try {
    await run(env);
  } catch (error) {
    process.stderr.write(createScrubber([])(`${explain(error)}\n`));
    process.exit(1);
  }
}

/** How long a drain may take before the process gives up: in-flight requests have 10 s, their records 5 s. */
const drainWithinMs = 20_000;

/** The app that a first start with the embedded database makes, so that there is something to try. */
const demoAppId = 'app_demo';

async function run(env: Environment): Promise<void> {
  const config = readConfig(env);
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const database = await startDatabase(config, say);
  const { encryptionKey } = database;
  const secrets = [
    database.rootToken,
    ...[encryptionKey, ...(config.ENCRYPTION_KEY_PREVIOUS ?? [])].map(base64),
  ];
  const log = createLog(config.LOG_LEVEL, { secrets });
  let app: App;
  const traces = await startTraces(config);
  try {
    app = await createApp({
      ...config,
      mongodbUri: database.uri,
      rootToken: database.rootToken,
      encryptionKey: database.encryptionKey,
      allowPrivateTargets: config.ALLOW_PRIVATE_TARGETS ?? database.isEmbedded,
      log,
      tracer: createTracer(),
    });
    if (database.isEmbedded) await makeDemoApp(app);
    await app.http.listen({ port: config.PORT, host: config.HOST });
  } catch (error) {
    await database.stop();
    throw error;
  }
  void database.ended.then(() => {
    // Without its database nothing can be accepted or sent; a supervisor or a person starts both again.
    if (isStopping()) return;
    process.stderr.write(
      `the embedded mongod ended; see the log in ${config.DATA_DIR}/mongo, and start again\n`,
    );
    process.exit(1);
  });
  const isStopping = stopOnSignals(async () => {
    await app.close();
    await traces?.stop().catch((error: unknown) => log.warn({ err: error }, 'the last traces were not sent'));
    await database.stop();
  }, say);
  // Last: whoever waits for it may send a signal at once.
  say(banner(config, database, getPort(app) ?? config.PORT));
}

/** Unless somebody registered an SDK of their own before: `node --import`. */
async function startTraces(config: Config): Promise<{ stop(): Promise<void> } | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: serviceName } = config;
  if (endpoint === undefined || createTracer() !== undefined) return undefined;
  const { startOtlp } = await import('./telemetry/otlp.ts');
  return startOtlp({ endpoint, serviceName });
}

function base64(key: Buffer): string {
  return key.toString('base64');
}

async function makeDemoApp(app: App): Promise<void> {
  const root = { kind: 'root' } as const;
  const page = await app.services.apps.list(root, { cursor: undefined, limit: 1 });
  if (page.items.length === 0) await app.services.apps.create(root, { id: demoAppId, name: 'Demo' });
}

function getPort(app: App): number | undefined {
  const address = app.http.server.address();
  return typeof address === 'object' ? address?.port : undefined;
}

function banner(config: Config, database: Database, port: number): string {
  const host = config.HOST === '0.0.0.0' || config.HOST === '::' ? '127.0.0.1' : config.HOST;
  const url = `http://${host}:${port}`;
  const lines = [
    '',
    `  Tocsin is running at ${url}   (role ${config.ROLE}${config.ROLE === 'worker' ? '' : `, docs at ${url}/docs`})`,
    `  Root token: ${database.rootTokenPath === undefined ? 'as set in ROOT_TOKEN' : `in ${database.rootTokenPath}`}`,
  ];
  if (config.DELIVERY_HOLD) lines.push('  DELIVERY_HOLD: nothing is sent until it is started without it');
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

/** The first signal drains; a second one exits at once. Answers whether a signal has come. */
function stopOnSignals(stop: () => Promise<void>, say: (line: string) => void): () => boolean {
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    say(`${signal}: finishing what is in flight; once more to stop at once`);
    setTimeout(() => process.exit(1), drainWithinMs).unref();
    stop().then(
      () => {
        say('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        process.stderr.write(`could not stop cleanly: ${String(error)}\n`);
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
  if (error instanceof DataDirInUseError || error instanceof IncompatibleSchemaError)
    return `Tocsin cannot start: ${error.message}`;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `Tocsin cannot start: ${error.message}; set another PORT`;
  }
  return `Tocsin cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
