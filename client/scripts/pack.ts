/*
 * Packs what is published: npm run tarball -w client -- [folder for the tarball]
 *
 * Packs a copy and not the folder itself, because package.json here has parts that only make sense in the
 * workspace: the condition @tocsin/source, which points at sources that are not shipped, and the names of
 * private packages. The copy leaves the work tree as it is, whatever happens on the way.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Manifest {
  readonly exports: Record<string, string | Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const client = fileURLToPath(new URL('..', import.meta.url));
const destination = resolve(process.argv[2] ?? client);

if (!existsSync(join(client, 'dist/index.js'))) {
  throw new Error('nothing to pack: npm run build -w client comes first');
}
const stage = mkdtempSync(join(tmpdir(), 'tocsin-client-'));
try {
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`);
  for (const name of ['dist', 'README.md', 'THIRD-PARTY-LICENSES.md']) {
    cpSync(join(client, name), join(stage, name), { recursive: true });
  }
  cpSync(join(client, '../LICENSE'), join(stage, 'LICENSE'));
  const options = { cwd: stage, encoding: 'utf8' as const };
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', destination], options);
  const [packed] = JSON.parse(output) as { filename: string }[];
  if (packed === undefined) throw new Error(`npm pack answered ${output}`);
  process.stdout.write(`${join(destination, packed.filename)}\n`);
} finally {
  rmSync(stage, { recursive: true, force: true });
}

function publishedManifest(): Manifest {
  const own = JSON.parse(readFileSync(join(client, 'package.json'), 'utf8')) as Manifest;
  const { scripts: _scripts, devDependencies: _devDependencies, ...manifest } = own;
  for (const entry of Object.values(own.exports))
    if (typeof entry === 'object') delete entry['@tocsin/source'];
  return manifest;
}
