import { readFile } from 'node:fs/promises';
import { toProgress, type DownloadProgress, type Report } from './download-progress.ts';
import { hashFile } from './file-checksum.ts';
import { downloadVersion } from './mongod-cache.ts';

// Limit without received data, so that behind a firewall the next source is tried.
const idleTimeoutMs = 20_000;

/** Runs on most Linux distributions, because it needs only OpenSSL 3. */
const fallbackSystem = { os: 'linux', dist: 'ubuntu', release: '22.04' };

/** Downloads MongoDB's official build for this system. Returns the path of the binary in `folder`. */
export async function downloadOfficial(folder: string, report: Report, progress?: Report): Promise<string> {
  // Imported lazily: only the first start needs it.
  const { errors } = await import('mongodb-memory-server-core');
  const { getOS } = await import('mongodb-memory-server-core/lib/util/getos/index.js');
  try {
    return await download(folder, await getOS(), toProgress(report, progress));
  } catch (error) {
    const hasNoBuild =
      error instanceof errors.KnownVersionIncompatibilityError || error instanceof errors.UnknownLinuxDistro;
    if (!hasNoBuild) throw error;
    report(`MongoDB has no build of ${downloadVersion} for this system; trying the one for Ubuntu 22.04`);
    return download(folder, fallbackSystem, toProgress(report, progress));
  }
}

async function download(folder: string, os: { os: string }, progress: DownloadProgress): Promise<string> {
  const { MongoBinaryDownload } = await import('mongodb-memory-server-core/lib/util/MongoBinaryDownload.js');
  const downloader = new MongoBinaryDownload({
    downloadDir: folder,
    version: downloadVersion,
    os,
    checkMD5: true,
  });
  // The library compares only the MD5. MongoDB publishes the SHA-256 next to it.
  downloader.makeMD5check = async (md5Url, archive) => {
    const published = await downloader.download(md5Url.replace(/\.md5$/, '.sha256'));
    await verifyArchive(archive, await readFile(published, 'utf8'));
    return true;
  };
  const httpDownload = downloader.httpDownload.bind(downloader);
  downloader.httpDownload = (url, options, to, draft) => {
    progress.start(url.href);
    // The library's defaults do not verify certificates and make three tries of a minute each.
    const verified = { ...options, rejectUnauthorized: true };
    return httpDownload(url, verified, to, draft, 1, 0, idleTimeoutMs);
  };
  // Replaces the library's output to the console.
  downloader.printDownloadProgress = (chunk) => {
    downloader.dlProgress.current += chunk.length;
    progress.received(downloader.dlProgress.current, downloader.dlProgress.length);
  };
  return downloader.getMongodPath();
}

/**
 * Compares an archive with its published checksum: the SHA-256 in hex, white space and the file's name.
 *
 * @throws Error if they differ.
 */
export async function verifyArchive(archive: string, published: string): Promise<void> {
  const expected = /^\s*([0-9a-f]{64})\b/i.exec(published)?.[1]?.toLowerCase();
  if (expected === undefined) throw new Error('MongoDB published no SHA-256 for the download');
  const found = await hashFile(archive);
  if (found !== expected) throw new Error(`the download has the SHA-256 ${found}, expected ${expected}`);
}
