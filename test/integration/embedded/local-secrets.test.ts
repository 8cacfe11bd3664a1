import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOrCreateLocalSecret } from '../../../server/src/embedded/local-secrets.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tocsin-secrets-'));
});

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

describe('loadOrCreateLocalSecret', () => {
  it('makes a secret once, in a file that only its owner can read', async () => {
    const first = await loadOrCreateLocalSecret(dataDir, 'root-token', () => 'made');
    const again = await loadOrCreateLocalSecret(dataDir, 'root-token', () => 'another');

    expect(first).toEqual({ value: 'made', path: join(dataDir, 'root-token'), isNew: true });
    expect(again).toEqual({ ...first, isNew: false });
    expect((await stat(first.path)).mode & 0o777).toBe(0o600);
  });

  it('creates the folder', async () => {
    const { path } = await loadOrCreateLocalSecret(join(dataDir, 'a', 'b'), 'encryption-key', () => 'made');

    expect(await readFile(path, 'utf8')).toBe('made\n');
  });

  it('gives all that start at once the same secret', async () => {
    const secrets = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        loadOrCreateLocalSecret(dataDir, 'root-token', () => `made-${index}`),
      ),
    );

    expect(new Set(secrets.map((secret) => secret.value)).size).toBe(1);
    expect(secrets.filter((secret) => secret.isNew)).toHaveLength(1);
    expect(await readdir(dataDir)).toEqual(['root-token']);
  });

  it('reads a secret that a person wrote, without the white space around it', async () => {
    await writeFile(join(dataDir, 'root-token'), '  written by hand \n\n');

    const { value } = await loadOrCreateLocalSecret(dataDir, 'root-token', () => 'made');

    expect(value).toBe('written by hand');
  });

  it('rejects an empty file and does not replace it', async () => {
    await writeFile(join(dataDir, 'encryption-key'), '\n');

    await expect(loadOrCreateLocalSecret(dataDir, 'encryption-key', () => 'made')).rejects.toThrow(
      'is empty',
    );
  });
});
