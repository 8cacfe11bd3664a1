import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import openapiTypes, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFullRun } from '../../package/on-demand.ts';
import { useTestApp } from '../../support/fixtures.ts';
import { compiler } from '../../support/compilers.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const app = useTestApp({ env: { ROLE: 'api' } });

let folder = '';
let appId = '';
let document = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-openapi-'));
  appId = await app.createApp();
  document = (await app.rest('GET', '/openapi.json', undefined, { token: null })).text;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const typescriptProgram = `
import createClient from 'openapi-fetch';
import type { components, paths } from './api.d.ts';

const [url = '', token = '', appId = ''] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url, headers: { authorization: \`Bearer \${token}\` } });
const data: components['schemas']['LicenseRevokedInput'] = { licenseKey: 'A3K9-BFWX-7NP2-QHDT', status: 'revoked' };
const published = await client.POST('/api/v1/events', { body: { appId, event: 'license.revoked', data } });
const id: string = published.data?.id ?? '';
const { data: explanation } = await client.GET('/api/v1/events/{id}/explain', { params: { path: { id } } });
const { error } = await client.GET('/api/v1/webhooks/{id}', { params: { path: { id: 'wh_0123456789ab' } } });
console.log(JSON.stringify([explanation?.event.data['licenseKey'], error?.code, error?.retryable]));

// @ts-expect-error the data is that of another event
export const mistake = () => client.POST('/api/v1/events', { body: { appId, event: 'user.ban', data } });
`;

const pythonProgram = `
import json, sys
from client import AuthenticatedClient
from client.api.events import events_explain, events_publish
from client.api.webhooks import webhooks_get
from client.models import LicenseRevokedInput, LicenseRevokedNewEvent

url, token, app_id = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)
data = LicenseRevokedInput.from_dict({"licenseKey": "A3K9-BFWX-7NP2-QHDT", "status": "revoked"})
body = LicenseRevokedNewEvent.from_dict({"appId": app_id, "event": "license.revoked", "data": data.to_dict()})
published = events_publish.sync(client=client, body=body)
explanation = events_explain.sync(client=client, id=published.id)
problem = webhooks_get.sync(client=client, id="wh_0123456789ab")
print(json.dumps([explanation.event.data["licenseKey"], problem.code, problem.retryable]))
`;

const expected = ['A3K9-BFWX-7NP2-QHDT', 'NOT_FOUND', false];

describe('a client generated from the document', () => {
  it('for TypeScript, by openapi-typescript, compiles and publishes', { timeout: 240_000 }, async () => {
    await writeFile(join(folder, 'api.d.ts'), astToString(await openapiTypes(document)));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'main.ts'), typescriptProgram);
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const compilerOptions = {
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: ['node'],
      module: 'nodenext',
      strict: true,
      allowImportingTsExtensions: true,
      rewriteRelativeImportExtensions: true,
      outDir: 'out',
      rootDir: '.',
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
    const { stdout: errors } = await run(compiler, ['-p', folder]).catch(
      (error: { stdout: string }) => error,
    );
    expect(errors).toBe('');
    const { stdout } = await run('node', [join(folder, 'out/main.js'), app.url, app.rootToken, appId]);
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  // Installs packages of PyPI, so it runs on demand: TEST_RELEASE=true.
  it.skipIf(!isFullRun)('for Python, by openapi-python-client, publishes', { timeout: 600_000 }, async () => {
    await mkdir(join(folder, 'python'));
    const cwd = join(folder, 'python');
    await writeFile(join(cwd, 'openapi.json'), document);
    await writeFile(join(cwd, 'main.py'), pythonProgram);
    await run('python3', ['-m', 'venv', 'venv'], { cwd });
    await run('venv/bin/pip', ['install', '--quiet', 'openapi-python-client'], { cwd });
    const options = ['--path', 'openapi.json', '--meta', 'none', '--output-path', 'client'];
    const { stdout: log } = await run('venv/bin/openapi-python-client', ['generate', ...options], { cwd });
    // It skips what it does not understand, and says so here.
    expect(log).not.toMatch(/WARNING|ERROR|Unable/);
    const { stdout } = await run('venv/bin/python', ['-B', 'main.py', app.url, app.rootToken, appId], {
      cwd,
    });
    expect(JSON.parse(stdout)).toEqual(expected);
  });
});
