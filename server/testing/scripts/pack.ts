/*
 * Builds the client and packs what is published: npm run tarball -w client -- [folder for the tarball]
 *
 * Packs a copy and not the folder itself, because package.json here has parts that only make sense in the
 * workspace.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from '../../scripts/arguments.mjs';
import { npm, packFolder } from '../../scripts/pack-folder.ts';
import { readPublishedManifest, toManifestText } from '../../scripts/published-manifest.ts';
import { runScript } from '../../scripts/run-step.ts';

const client = fileURLToPath(new URL('..', import.meta.url));

/** Writes the files of the published package. */
function fill(stage: string): void {
  // Not into client/dist, so that the tarball depends on no earlier build.
  npm(client, 'run', '--silent', 'build', '--', '--out-dir', join(stage, 'dist'));
  writeFileSync(
    join(stage, 'package.json'),
    toManifestText(readPublishedManifest(join(client, 'package.json'))),
  );
  copyFileSync(join(client, 'README.md'), join(stage, 'README.md'));
  copyFileSync(join(client, '../LICENSE'), join(stage, 'LICENSE'));
}

const { positionals } = readArguments('npm run tarball -w client [-- folder]', { maxOperands: 1 });
runScript(() => {
  process.stdout.write(`${packFolder(resolve(positionals[0] ?? client), fill)}\n`);
});
