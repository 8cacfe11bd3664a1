import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyArchive } from '../../../server/src/embedded/download-official.ts';
import { findMongod, mongodSources } from '../../../server/src/embedded/find-mongod.ts';
import {
  cachedMongod,
  defaultCacheDir,
  downloadIntoCache,
  findCachedMongod,
} from '../../../server/src/embedded/mongod-cache.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-find-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A program with the --version output of a mongod of this version. */
async function writeProgram(path: string, version: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho 'db version v${version}'\n`);
  await chmod(path, 0o755);
  return path;
}

/** A cached download. */
async function writeCached(): Promise<string> {
  return await downloadIntoCache(folder, (into) => writeProgram(join(into, 'mongod'), '6.0.5'));
}

describe('findMongod', () => {
  it('takes the binary that the person named before all others', async () => {
    const named = await writeProgram(join(folder, 'mine'), '7.0.1');
    await writeCached();

    expect(await findMongod({ mongodBinary: named, cacheDir: folder, report: () => {} })).toBe(named);
  });

  it('reports in one line why a source failed and goes on to the next', async () => {
    const cached = await writeCached();
    const lines: string[] = [];
    const options = { mongodBinary: join(folder, 'gone'), cacheDir: folder, report: lines.push.bind(lines) };
    // The PATH of most machines has no mongod, which is not reported.
    const absent = { find: async () => join(folder, 'absent') };
    const sources = mongodSources(options).map((source) =>
      source.name === 'the PATH' ? { ...source, ...absent } : source,
    );

    expect(await findMongod({ ...options, sources })).toBe(cached);
    expect(lines).toEqual([
      `Cannot use MONGOD_BINARY: ${join(folder, 'gone')} does not exist; trying the next`,
      `Using MongoDB 6.0.5 (the cache: ${cached})`,
    ]);
  });

  it('passes over a mongod that is too old, and a program that is none', async () => {
    const old = await writeProgram(join(folder, 'old'), '4.4.29');
    const other = await writeProgram(join(folder, 'other'), 'none');
    const good = await writeProgram(join(folder, 'good'), '6.0.0');
    const sources = [old, other, good].map((path) => ({ name: path, find: async () => path }));

    expect(await findMongod({ cacheDir: folder, report: () => {}, sources })).toBe(good);
  });

  it('lists every try and what to do when no source has one', async () => {
    const sources = [
      { name: 'the cache', find: async () => join(folder, 'missing') },
      { name: 'the download', find: () => Promise.reject(new Error('the host\n is not reachable')) },
    ];

    const error: unknown = await findMongod({ cacheDir: folder, report: () => {}, sources }).catch(
      (e: unknown) => e,
    );

    expect(error).toBeInstanceOf(Error);
    const message = String(error);
    expect(message).toContain(`- the cache: ${join(folder, 'missing')} does not exist`);
    expect(message).toContain('- the download: the host is not reachable');
    expect(message).toMatch(/MONGODB_URI[^]*install mongod[^]*MONGOD_BINARY/);
  });
});

describe('the cache', () => {
  it('is under the XDG folder when there is one', () => {
    expect(defaultCacheDir('/xdg')).toBe('/xdg/tocsin');
    expect(defaultCacheDir('')).toBe(defaultCacheDir());
  });

  it('serves two that fetch at once, and keeps only the binary and its checksum', async () => {
    const fetch = (inFolder: string) => writeProgram(join(inFolder, 'deep', 'mongod'), '6.0.5');

    const paths = await Promise.all([downloadIntoCache(folder, fetch), downloadIntoCache(folder, fetch)]);

    expect(new Set(paths)).toEqual(new Set([cachedMongod(folder)]));
    expect(await readFile(cachedMongod(folder), 'utf8')).toContain('6.0.5');
    expect(await readdir(folder)).toEqual(['mongod-6.0.5']);
    expect(await readdir(dirname(cachedMongod(folder)))).toEqual(['mongod', 'mongod.sha256.json']);
  });

  it.each([
    ['was changed', async (path: string) => await writeFile(path, '#!/bin/sh\necho "db version v6.0.5" #')],
    [
      'was changed and has its old size and time',
      async (path: string) => {
        const { atime, mtime } = await stat(path);
        const text = (await readFile(path, 'utf8')).replace('db version', 'DB version');
        await rm(path);
        await writeFile(path, text);
        await utimes(path, atime, mtime);
      },
    ],
    ['has no checksum', async (path: string) => await rm(`${path}.sha256.json`)],
    [
      'has an unreadable checksum',
      async (path: string) => await writeFile(`${path}.sha256.json`, '{"sha256":1}'),
    ],
  ])('does not return a mongod that %s', async (_name, tamper) => {
    const cached = await writeCached();
    await tamper(cached);

    await expect(findCachedMongod(folder)).rejects.toThrow('does not have the SHA-256 of its download');
  });

  it('returns a mongod that was only copied, and one whose download is repeated', async () => {
    const cached = await writeCached();
    await utimes(cached, 1, 1);
    expect(await findCachedMongod(folder)).toBe(cached);
    await writeFile(cached, 'other');
    expect(await findCachedMongod(folder).catch(() => writeCached())).toBe(cached);
    expect(await findCachedMongod(folder)).toBe(cached);
  });

  it('never holds a fetched file that does not run', async () => {
    const fetchBroken = async (inFolder: string) => {
      await writeFile(join(inFolder, 'mongod'), 'half a file');
      return join(inFolder, 'mongod');
    };

    await expect(downloadIntoCache(folder, fetchBroken)).rejects.toThrow('cannot run');
    expect(await readdir(dirname(cachedMongod(folder)))).toEqual([]);
  });
});

describe('a downloaded archive', () => {
  it('is compared with the SHA-256 that MongoDB publishes', async () => {
    const archive = join(folder, 'mongodb.tgz');
    await writeFile(archive, 'archive');
    const sha256 = createHash('sha256').update('archive').digest('hex');

    await verifyArchive(archive, `${sha256}  mongodb.tgz\n`);
    await verifyArchive(archive, sha256.toUpperCase());
    await expect(verifyArchive(archive, `${'0'.repeat(64)}  mongodb.tgz`)).rejects.toThrow(
      `the download has the SHA-256 ${sha256}, expected ${'0'.repeat(64)}`,
    );
    for (const text of ['', '<html>not found</html>', sha256.slice(1)]) {
      await expect(verifyArchive(archive, text)).rejects.toThrow('published no SHA-256');
    }
  });
});
