import { once } from 'node:events';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainMongodFailure } from '../../../server/src/embedded/mongod-failure.ts';
import { checkDataDir } from '../../../server/src/startup/check-data-dir.ts';
import { checkListen } from '../../../server/src/startup/check-listen.ts';
import { explainStartFailure } from '../../../server/src/startup/explain-start-failure.ts';
import { useTempFolder } from '../../support/temp-folder.ts';

const folder = useTempFolder();

describe('DATA_DIR', () => {
  it('is created with its parents, for its owner only', async () => {
    const path = join(folder.path, 'a/b');
    await checkDataDir(path, { minFreeBytes: 0 });
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    await checkDataDir(path, { minFreeBytes: 0 });
  });

  it('must not be a file, or be below one', async () => {
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    for (const path of [file, join(file, 'x')]) {
      await expect(checkDataDir(path)).rejects.toThrow(`DATA_DIR ${path} is a file, or is below one; set`);
    }
  });

  it('needs free space', async () => {
    await expect(checkDataDir(folder.path, { minFreeBytes: 2 ** 62 })).rejects.toThrow(
      /^the disk with DATA_DIR \S+ has only \d+ MB left; free at least \d+ MB, or set DATA_DIR to another disk$/,
    );
  });

  it.skipIf(process.platform !== 'linux')('cannot be where no folder can be created', async () => {
    await expect(checkDataDir('/proc/tocsin')).rejects.toThrow(/^DATA_DIR \/proc\/tocsin /);
  });

  it.skipIf(process.getuid?.() === 0)('must be writable', async () => {
    const path = join(folder.path, 'read-only');
    await mkdir(path);
    await chmod(path, 0o500);
    await expect(checkDataDir(path)).rejects.toThrow('cannot be created or written by this user');
  });
});

describe('HOST and PORT', () => {
  it('must be free', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = { HOST: '127.0.0.1', PORT: (other.address() as AddressInfo).port }; // a TCP server has one
    await expect(checkListen(address)).rejects.toThrow(
      `port ${address.PORT} of 127.0.0.1 is in use by another`,
    );
    other.close();
    await once(other, 'close');
    await checkListen(address);
    // Once more: the check itself has freed it.
    await checkListen(address);
  });

  it.each([
    ['192.0.2.77', 'HOST 192.0.2.77 is not an address of this machine; set it to 127.0.0.1'],
    ['tocsin.invalid', 'HOST tocsin.invalid is neither an address nor a name that can be resolved'],
    ['http://localhost', 'HOST http://localhost is neither an address nor a name that can be resolved'],
  ])('%s cannot be listened on', async (HOST, sentence) => {
    await expect(checkListen({ HOST, PORT: 0 })).rejects.toThrow(sentence);
  });
});

describe('a mongod that does not start', () => {
  it.each([
    ['No space left on device', null, 'the disk is full; free some space'],
    [
      '{"error":"Permission denied"}',
      null,
      'it may not read or write its files; give its user access to them',
    ],
    ['Wrong mongod version', null, 'its data is of another version of MongoDB; set MONGOD_BINARY'],
    ['error while loading shared libraries: libssl.so.3', null, 'a library is missing; install it'],
    ['', 'SIGILL', 'this processor lacks instructions that it needs (AVX)'],
    ['', 'SIGKILL', 'it was killed, perhaps because memory is short'],
  ])('is explained by "%s" and %s', (log, signal, sentence) => {
    expect(explainMongodFailure(log, signal)).toContain(sentence);
  });

  it('has no explanation for another cause', () => {
    expect(explainMongodFailure('assertion failed', 'SIGABRT')).toBeUndefined();
  });
});

describe('an error of a start', () => {
  const toError = (code: string, message: string) => Object.assign(new Error(message), { code, path: '/x' });

  it.each([
    [toError('ENOSPC', 'write'), 'the disk with /x is full; free some space'],
    [
      toError('EACCES', 'open'),
      '/x cannot be used: permission denied; give this user access, or choose another',
    ],
    [toError('EROFS', 'open'), '/x is on a read-only file system; choose another'],
    [
      new Error('a bug\n  at x'),
      'unexpected error: a bug at x; start again with LOG_LEVEL=debug to see where it was thrown',
    ],
  ])('is one sentence: %s', (error, sentence) => {
    expect(explainStartFailure(error, {})).toBe(sentence);
  });

  it.each(['mongodb://u:plan%20ted@h', 'mongodb://u:plan ted@h/x', 'mongodb://u:a/plan ted@h'])(
    'never has the password of %s',
    (uri) => {
      const error = new Error(`failed for ${uri}, plan ted and plan%20ted`);
      expect(explainStartFailure(error, { MONGODB_URI: uri })).not.toMatch(/plan( |%20)ted/);
    },
  );
});
