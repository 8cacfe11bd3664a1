import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { loadCatalogs } from '../../../server/src/catalog/load-catalogs.ts';
import { useTestApp } from '../../support/fixtures.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = 'examples/own-events';
const app = useTestApp({ catalog: await loadCatalogs([`./${folder}/src/catalog.ts`], root) });

it('the example of own events passes its own tests', async () => {
  const options = ['--conditions=@tocsin/source', '--import', 'tsx', '--test', '--test-reporter=tap'];
  const env = {
    ...process.env,
    TOCSIN_URL: app.url,
    TOCSIN_TOKEN: app.rootToken,
    TOCSIN_APP: await app.createApp(),
  };
  const tests = run(process.execPath, [...options, `${folder}/test/own-events.test.ts`], { cwd: root, env });
  const { stdout } = await tests.catch((error: { stdout: string }) => error);
  expect(stdout).toMatch(/^# pass 3$/m);
  expect(stdout).toMatch(/^# fail 0$/m);
});
