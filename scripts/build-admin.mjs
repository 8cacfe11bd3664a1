/// <reference types="node" />
/**
 * Builds the admin UI into admin/dist, and leaves a .gz and a .br beside each file that gains by it. With `--if-stale` it
 * does so only when the build is missing or older than what it is made of, so that `npm start` waits for it once.
 *
 *   node scripts/build-admin.mjs [--if-stale]
 */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const admin = join(root, 'admin');
const dist = join(admin, 'dist');
/** Written last: a build that was broken off has none. */
const mark = join(dist, '.built');

/** What the build is made of. */
const sources = ['index.html', 'vite.config.ts', 'package.json', 'public', 'src'].map((name) =>
  join(admin, name),
);

if (process.argv.includes('--if-stale')) {
  if (newest(sources) > changedAt(mark)) await buildOrExplain();
} else {
  await build();
}

/** The server works without its UI, so a start does not fail for want of it. */
async function buildOrExplain() {
  try {
    await build();
  } catch (error) {
    console.error(`The admin UI was not built: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function build() {
  const startedAt = Date.now();
  // vite keeps what it finds, and anything else than this would be React's slow half for development.
  process.env.NODE_ENV = 'production';
  const { build: runVite } = await import('vite');
  // Beside the old one and then in its place: a server that runs meanwhile never serves half of it.
  const fresh = join(admin, '.cache', `build-${process.pid}`);
  try {
    await runVite({ root: admin, logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } });
    for (const file of filesIn(fresh)) compress(file);
    writeFileSync(join(fresh, '.built'), '');
    rmSync(dist, { recursive: true, force: true });
    renameSync(fresh, dist);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  console.log(`Built the admin UI in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** @param {string} file */
function compress(file) {
  if (!/\.(js|css|svg|html)$/.test(file)) return;
  const content = readFileSync(file);
  // Below that an answer fits into one packet as it is.
  if (content.length < 1_024) return;
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  // 9 of 11: within two per cent of the smallest, in a tenth of the time.
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
