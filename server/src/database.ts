import { randomBytes } from 'node:crypto';
import type { Config } from './config.ts';
import { lockDataDir } from './embedded/data-dir-lock.ts';
import { startEmbeddedDatabase } from './embedded/embedded-database.ts';
import { loadOrCreateLocalSecret } from './embedded/local-secrets.ts';
import { checkDataDir } from './startup/check-data-dir.ts';
import { defaultCacheDir } from './embedded/mongod-cache.ts';

/** The database that the process uses, with the root token and the encryption key. */
export interface Database {
  readonly uri: string;
  readonly isEmbedded: boolean;
  readonly rootToken: string;
  /** Path of the generated root token. Undefined if ROOT_TOKEN is set. */
  readonly rootTokenPath: string | undefined;
  readonly encryptionKey: Buffer;
  /** Texts of the embedded database that must not appear in logs. */
  readonly secrets: readonly string[];
  stop(): Promise<void>;
  /** Resolves when the embedded mongod exits. Never resolves for a configured database. */
  readonly ended: Promise<void>;
}

export interface StartDatabaseOptions {
  /** Writes a line. */
  readonly report: (line: string) => void;
  /** Shows how far a download is. @default lines of `report` */
  readonly progress?: ((text: string) => void) | undefined;
  /** Stops the start. */
  readonly signal?: AbortSignal | undefined;
  /** Further checks, after the ones of DATA_DIR and before mongod starts. Rejects to stop the start. */
  readonly beforeStart?: () => Promise<void>;
}

/**
 * Returns the configured database, or starts the embedded one. Generates secrets that are not configured and
 * stores them in DATA_DIR.
 */
export async function startDatabase(config: Config, options: StartDatabaseOptions): Promise<Database> {
  const { MONGODB_URI: uri, DATA_DIR: dataDir } = config;
  if (uri !== undefined) {
    if (config.ROOT_TOKEN === undefined || config.ENCRYPTION_KEY === undefined) {
      await checkDataDir(dataDir, { minFreeBytes: 0 });
    }
    await options.beforeStart?.();
    return {
      uri,
      isEmbedded: false,
      secrets: [],
      ...(await readSecrets(config)),
      stop: async () => undefined,
      ended: new Promise(() => undefined),
    };
  }
  await checkDataDir(dataDir);
  const lock = await lockDataDir(dataDir);
  try {
    await options.beforeStart?.();
    const secrets = await readSecrets(config);
    const database = await startEmbeddedDatabase({
      dataDir,
      mongodBinary: config.MONGOD_BINARY,
      cacheDir: defaultCacheDir(config.XDG_CACHE_HOME),
      report: options.report,
      progress: options.progress,
      signal: options.signal,
    });
    return {
      uri: database.uri,
      isEmbedded: true,
      secrets: database.secrets,
      ...secrets,
      ended: database.mongod.exited.then(() => undefined),
      stop: async () => {
        await database.stop();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function readSecrets(
  config: Config,
): Promise<Pick<Database, 'rootToken' | 'rootTokenPath' | 'encryptionKey'>> {
  const { ROOT_TOKEN: rootToken, ENCRYPTION_KEY: encryptionKey, DATA_DIR: dataDir } = config;
  const token =
    rootToken === undefined
      ? await loadOrCreateLocalSecret(dataDir, 'root-token', () => `root_${randomBytes(24).toString('hex')}`)
      : undefined;
  return {
    rootToken: rootToken ?? token?.value ?? '',
    rootTokenPath: token?.path,
    encryptionKey: encryptionKey ?? (await loadOrCreateEncryptionKey(dataDir)),
  };
}

async function loadOrCreateEncryptionKey(dataDir: string): Promise<Buffer> {
  const { value } = await loadOrCreateLocalSecret(dataDir, 'encryption-key', () =>
    randomBytes(32).toString('base64'),
  );
  return Buffer.from(value, 'base64');
}
