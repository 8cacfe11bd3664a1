import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the generated types of the client are up to date', { timeout: 120_000 }, async () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const script = [
    '--conditions=@tocsin/source',
    '--import',
    'tsx',
    'scripts/write-client-types.ts',
    '--check',
  ];
  await expect(promisify(execFile)(process.execPath, script, { cwd: root })).resolves.toMatchObject({
    stderr: '',
  });
});
