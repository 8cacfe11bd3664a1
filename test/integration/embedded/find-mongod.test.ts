import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findMongod, mongodSources } from '../../../server/src/embedded/find-mongod.ts';
import {
  cachedMongod,
  defaultCacheDir,
  downloadIntoCache,
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

describe('findMongod', () => {
  it('takes the binary that the person named before all others', async () => {
    const named = await writeProgram(join(folder, 'mine'), '7.0.1');
    await writeProgram(cachedMongod(folder), '6.0.5');

    expect(await findMongod({ mongodBinary: named, cacheDir: folder, report: () => {} })).toBe(named);
  });

  it('reports in one line why a source failed and goes on to the next', async () => {
    const cached = await writeProgram(cachedMongod(folder), '6.0.5');
    const lines: string[] = [];
    const options = { mongodBinary: join(folder, 'gone'), cacheDir: folder, report: lines.push.bind(lines) };
    const sources = mongodSources(options).filter((source) => source.name !== 'the PATH');

    expect(await findMongod({ ...options, sources })).toBe(cached);
    expect(lines).toEqual([
      `no mongod from MONGOD_BINARY: ${join(folder, 'gone')} does not exist`,
      `using mongod 6.0.5 (the cache: ${cached})`,
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

  it('serves two that fetch at once, and keeps nothing but the binary', async () => {
    const fetch = (inFolder: string) => writeProgram(join(inFolder, 'deep', 'mongod'), '6.0.5');

    const paths = await Promise.all([downloadIntoCache(folder, fetch), downloadIntoCache(folder, fetch)]);

    expect(new Set(paths)).toEqual(new Set([cachedMongod(folder)]));
    expect(await readFile(cachedMongod(folder), 'utf8')).toContain('6.0.5');
    expect(await readdir(folder)).toEqual(['mongod-6.0.5']);
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
