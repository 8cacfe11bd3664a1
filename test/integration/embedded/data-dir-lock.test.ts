import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataDirInUseError, lockDataDir } from '../../../server/src/embedded/data-dir-lock.ts';
import { findBundle } from '../../support/find-bundle.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), 'tocsin-lock-')));
});

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

/** Another server on the folder: it has the lock when this returns. */
async function startOwner() {
  const module = pathToFileURL(findBundle('server/src/embedded/data-dir-lock.ts')).href;
  const code = `
    const { lockDataDir } = await import(${JSON.stringify(module)});
    await lockDataDir(${JSON.stringify(dataDir)});
    process.stdout.write('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const killHard = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { pid: child.pid, killHard };
}

describe('lockDataDir', () => {
  it('rejects a second server, with the process and the folder in one line', async () => {
    const owner = await startOwner();
    try {
      const error: unknown = await lockDataDir(dataDir).catch((e: unknown) => e);

      expect(error).toBeInstanceOf(DataDirInUseError);
      expect(error).toMatchObject({ code: 'DATA_DIR_IN_USE', pid: owner.pid });
      expect(String(error)).toContain(dataDir);
      expect(String(error)).toContain(`process ${owner.pid}`);
      expect(String(error)).not.toContain('\n');
    } finally {
      await owner.killHard();
    }
  });

  it('takes over the lock of a server that was killed', async () => {
    const owner = await startOwner();
    await owner.killHard();

    await using lock = await lockDataDir(dataDir);

    expect(JSON.parse(await readFile(lock.path, 'utf8'))).toMatchObject({ pid: process.pid });
  });

  it('is free again after a release, and leaves no file', async () => {
    const first = await lockDataDir(dataDir);
    await expect(lockDataDir(dataDir)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await first.release();

    await using second = await lockDataDir(dataDir);
    await second.release();

    expect(await readdir(dataDir)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('does not take a reused pid for the old server', async () => {
    const old = { pid: process.pid, process: 'an-earlier-boot/1', token: 'old' };
    await writeFile(join(dataDir, 'server.lock'), JSON.stringify(old));

    await using lock = await lockDataDir(dataDir);

    expect(await readFile(lock.path, 'utf8')).not.toContain('an-earlier-boot');
  });

  it('takes over an unreadable lock', async () => {
    await writeFile(join(dataDir, 'server.lock'), '');

    await expect(lockDataDir(dataDir)).resolves.toHaveProperty('path');
  });

  it('lets exactly one of many replace a stale lock', async () => {
    const dead = { pid: 2 ** 22 + 1, process: 'gone', token: 'old' };
    await writeFile(join(dataDir, 'server.lock'), JSON.stringify(dead));

    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => lockDataDir(dataDir)));

    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused).toHaveLength(19);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(DataDirInUseError);
    expect(await readdir(dataDir)).toEqual(['server.lock']);
  });

  it('replaces a stale lock although an earlier take-over was cut off', async () => {
    const dead = JSON.stringify({ pid: 2 ** 22 + 1, process: 'gone', token: 'old' });
    await writeFile(join(dataDir, 'server.lock'), dead);
    await writeFile(join(dataDir, 'server.lock.takeover'), dead);

    await using lock = await lockDataDir(dataDir);

    expect(await readFile(lock.path, 'utf8')).toContain(`"pid":${process.pid}`);
  });
});
