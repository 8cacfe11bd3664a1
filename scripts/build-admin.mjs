/// <reference types="node" />
/**
 * Builds the admin UI into admin/dist and writes a .gz and a .br file next to each compressible file. With
 * `--if-stale`, builds only if the build is missing or older than its sources, so that `npm start` waits for
 * it once.
 *
 *   node scripts/build-admin.mjs [--if-stale]
 */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { readArguments } from './arguments.mjs';
import { startProgress } from './progress.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const admin = join(root, 'admin');
const dist = join(admin, 'dist');
/** Written last, so an interrupted build does not have it. */
const mark = join(dist, '.built');

const sources = ['index.html', 'vite.config.ts', 'package.json', 'public', 'src'].map((name) =>
  join(admin, name),
);

const { values } = readArguments('node scripts/build-admin.mjs [--if-stale]', {
  options: { 'if-stale': { type: 'boolean', default: false } },
});

if (values['if-stale']) {
  if (newest(sources) > changedAt(mark)) await tryBuild();
} else {
  await build();
}

/** Builds, and only prints an error if the build fails, because the server also works without the UI. */
async function tryBuild() {
  try {
    await build();
  } catch (error) {
    console.error(`The server starts without it: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function build() {
  const progress = startProgress('Building the admin UI');
  let isBuilt = false;
  // vite keeps an existing value, and any other value bundles React's development build.
  process.env.NODE_ENV = 'production';
  const { build: runVite } = await import('vite');
  // Built in a temporary folder and then moved, so that a running server never serves an incomplete build.
  const fresh = join(admin, '.cache', `build-${process.pid}`);
  try {
    await runVite({ root: admin, logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } });
    for (const file of filesIn(fresh)) compress(file);
    writeFileSync(join(fresh, '.built'), '');
    rmSync(dist, { recursive: true, force: true });
    renameSync(fresh, dist);
    isBuilt = true;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    progress.end(isBuilt ? 'Built the admin UI' : 'The admin UI was not built');
  }
}

/** @param {string} file */
function compress(file) {
  if (!/\.(js|css|svg|html)$/.test(file)) return;
  const content = readFileSync(file);
  // Smaller files fit into one packet anyway.
  if (content.length < 1_024) return;
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  // 11 would take ten times as long for about two percent.
  writeFileSync(
    `${file}.br`,
    brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  );
}

/**
 * @param {readonly string[]} paths
 * @returns {number}
 */
function newest(paths) {
  return Math.max(
    0,
    ...paths.flatMap((path) => [changedAt(path), ...(isFolder(path) ? filesIn(path).map(changedAt) : [])]),
  );
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** @param {string} path */
function isFolder(path) {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** @param {string} path */
function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
