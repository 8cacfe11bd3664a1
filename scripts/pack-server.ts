/*
 * Packs the server: node --import tsx scripts/pack-server.ts <tarball of the client> <folder for the tarball>
 *
 * The tarball has the compiled JavaScript, the admin UI, and the packages `shared` and `client` inside, so that an
 * installation takes nothing of Tocsin from a registry. `npm run build` comes first.
 */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packFolder } from './pack-folder.ts';
import { runScript, runStep, StepError } from './run-step.ts';
import { readPublishedManifest, toManifestText, type Manifest } from './published-manifest.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const bundled = ['@tocsin/client', '@tocsin/shared'];

runScript(() => {
  const [clientTarball, destination] = process.argv.slice(2).map((path) => resolve(path));
  if (clientTarball === undefined || destination === undefined) {
    throw new StepError('Usage: pack-server.ts <tarball of the client> <folder for the tarball>');
  }
  process.stdout.write(`${packFolder(destination, (stage) => fill(stage, clientTarball))}\n`);
});

function fill(stage: string, client: string): void {
  const manifest = readPublishedManifest(join(root, 'server/package.json'));
  writeFileSync(join(stage, 'package.json'), toManifestText(withBundled(manifest)));
  mkdirSync(join(stage, 'bin'));
  copyFileSync(join(root, 'server/bin/tocsin.mjs'), join(stage, 'bin/tocsin.mjs'));
  copyFileSync(join(root, 'server/README.md'), join(stage, 'README.md'));
  copyFileSync(join(root, 'LICENSE'), join(stage, 'LICENSE'));
  copyCompiled('server', stage);
  copyAdminUi(join(stage, 'admin'));

  const shared = join(stage, 'node_modules/@tocsin/shared');
  mkdirSync(shared, { recursive: true });
  const sharedManifest = readPublishedManifest(join(root, 'shared/package.json'));
  writeFileSync(join(shared, 'package.json'), toManifestText(sharedManifest));
  copyCompiled('shared', shared);

  const target = join(stage, 'node_modules/@tocsin/client');
  mkdirSync(target);
  runStep('unpacking the client', root, 'tar', ['xzf', client, '-C', target, '--strip-components=1']);
}

/** `*` means the workspace. Outside of it, npm would look for any version in the registry. */
function withBundled(manifest: Manifest): Manifest {
  const versions = Object.fromEntries(bundled.map((name) => [name, manifest.version]));
  return {
    ...manifest,
    dependencies: { ...manifest.dependencies, ...versions },
    bundleDependencies: bundled,
  };
}

/**
 * Copies the JavaScript and the declarations of each source. `dist` can also have files of sources that no longer
 * exist, and source maps, which point to sources that are not shipped.
 */
function copyCompiled(name: string, target: string): void {
  const sources = readdirSync(join(root, name, 'src'), { recursive: true, encoding: 'utf8' });
  for (const source of sources.filter((path) => path.endsWith('.ts'))) {
    for (const extension of ['.js', '.d.ts']) {
      const file = join('dist', source.replace(/\.ts$/, extension));
      const built = join(root, name, file);
      if (!existsSync(built)) throw new StepError(`${built} is missing: run "npm run build" first`);
      mkdirSync(dirname(join(target, file)), { recursive: true });
      writeFileSync(
        join(target, file),
        readFileSync(built, 'utf8').replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '\n'),
      );
    }
  }
}

function copyAdminUi(target: string): void {
  const built = join(root, 'admin/dist');
  if (!existsSync(join(built, 'index.html'))) {
    throw new StepError(`${built} has no admin UI: run "npm run build" first`);
  }
  cpSync(built, target, { recursive: true });
}
