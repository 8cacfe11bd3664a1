import { fetchedVersion } from './mongod-cache.ts';

// For the first answer, and for each silence after it: offline behind a firewall the next source must get its turn.
const silenceMs = 20_000;

/** Builds of MongoDB for one distribution run on its relatives; this one needs no more than OpenSSL 3. */
const relative = { os: 'linux', dist: 'ubuntu', release: '22.04' };

/** The build that MongoDB publishes for this system. Answers with the path of the binary in `folder`. */
export async function downloadOfficial(folder: string, report: (line: string) => void): Promise<string> {
  // Loaded here: no start but the first needs it.
  const { errors } = await import('mongodb-memory-server-core');
  const { getOS } = await import('mongodb-memory-server-core/lib/util/getos/index.js');
  try {
    return await download(folder, await getOS(), report);
  } catch (error) {
    const hasNoBuild =
      error instanceof errors.KnownVersionIncompatibilityError || error instanceof errors.UnknownLinuxDistro;
    if (!hasNoBuild) throw error;
    report(`MongoDB has no ${fetchedVersion} for this system; trying the one for Ubuntu 22.04`);
    return download(folder, relative, report);
  }
}

async function download(folder: string, os: { os: string }, report: (line: string) => void): Promise<string> {
  const { MongoBinaryDownload } = await import('mongodb-memory-server-core/lib/util/MongoBinaryDownload.js');
  const downloader = new MongoBinaryDownload({
    downloadDir: folder,
    version: fetchedVersion,
    os,
    checkMD5: true,
  });
  const httpDownload = downloader.httpDownload.bind(downloader);
  downloader.httpDownload = (url, options, to, draft) => {
    report(`downloading ${url.href}`);
    // By itself it leaves certificates unchecked unless npm is told otherwise, and tries three times a minute each.
    const checked = { ...options, rejectUnauthorized: true };
    return httpDownload(url, checked, to, draft, 1, 0, silenceMs);
  };
  downloader.printDownloadProgress = progressReporter(downloader.dlProgress, report);
  return downloader.getMongodPath();
}

/** In place of the one that writes to the console: a line for each quarter. */
function progressReporter(
  progress: { current: number; length: number; totalMb: number },
  report: (line: string) => void,
) {
  let reported = 0;
  return (chunk: { length: number }) => {
    progress.current += chunk.length;
    const quarter = progress.length > 0 ? Math.floor((4 * progress.current) / progress.length) : 0;
    if (quarter <= reported) return;
    reported = quarter;
    report(`downloaded ${quarter * 25} % of ${progress.totalMb} MB`);
  };
}
