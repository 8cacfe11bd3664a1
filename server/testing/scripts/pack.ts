/*
 * Builds the test kit and packs what is published: npm run tarball -w server/testing -- [folder for the tarball]
 *
 * Packs a copy and not the folder itself, because package.json here has parts that only make sense in the
 * workspace.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from '../../../scripts/arguments.mjs';
import { npm, packFolder } from '../../../scripts/pack-folder.ts';
import { readPublishedManifest, toManifestText } from '../../../scripts/published-manifest.ts';
import { runScript } from '../../../scripts/run-step.ts';

const testing = fileURLToPath(new URL('..', import.meta.url));

/** Writes the files of the published package. */
function fill(stage: string): void {
  // Not into server/testing/dist, so that the tarball depends on no earlier build.
  npm(testing, 'run', '--silent', 'build', '--', '--out-dir', join(stage, 'dist'));
  const manifest = readPublishedManifest(join(testing, 'package.json'));
  const { peerDependencies } = manifest;
  // `as`: the manifest of this folder. The kit and the client speak with each other, so their versions are equal.
  const peers = { ...(peerDependencies as Record<string, string>), '@tocsin/client': manifest.version };
  writeFileSync(join(stage, 'package.json'), toManifestText({ ...manifest, peerDependencies: peers }));
  copyFileSync(join(testing, 'README.md'), join(stage, 'README.md'));
  copyFileSync(join(testing, '../../LICENSE'), join(stage, 'LICENSE'));
}

const { positionals } = readArguments('npm run tarball -w server/testing [-- folder]', { maxOperands: 1 });
runScript(() => {
  process.stdout.write(`${packFolder(resolve(positionals[0] ?? testing), fill)}\n`);
});
