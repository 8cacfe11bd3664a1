import { join } from 'node:path';
import { findMongod } from './find-mongod.ts';
import { loadOrCreateMongodCredentials } from './mongod-credentials.ts';
import { startMongod } from './mongod.ts';
import type { RunningMongod } from './running-mongod.ts';

export interface EmbeddedDatabaseOptions {
  readonly dataDir: string;
  /** MONGOD_BINARY. */
  readonly mongodBinary?: string | undefined;
  /** Folder of a downloaded mongod: `defaultCacheDir(XDG_CACHE_HOME)`. */
  readonly cacheDir: string;
  readonly report: (line: string) => void;
  /** Shows how far a download is, in place. @default lines of `report` */
  readonly progress?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EmbeddedDatabase extends AsyncDisposable {
  /** With the database name and the password. */
  readonly uri: string;
  /** Texts that must not appear in logs. */
  readonly secrets: readonly string[];
  readonly mongod: RunningMongod;
  stop(): Promise<void>;
}

/**
 * Starts the database for installations without MONGODB_URI: a mongod with its data in `dataDir/mongo`. The
 * caller must lock `dataDir` first, so that two servers never adopt the same mongod.
 */
export async function startEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const { dataDir, report, signal } = options;
  const binary = await findMongod(options);
  const credentials = await loadOrCreateMongodCredentials(dataDir);
  report(`Starting it with its data in ${join(dataDir, 'mongo')}`);
  const mongod = await startMongod({
    binary,
    dataDir: join(dataDir, 'mongo'),
    report,
    signal,
    credentials,
  });
  const stop = () => mongod.stop();
  return {
    uri: mongod.uriFor('tocsin'),
    secrets: [credentials.password, credentials.key],
    mongod,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
