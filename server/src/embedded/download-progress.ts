/** Writes a text for people. */
export type Report = (text: string) => void;

/** Shows how far a download is. */
export interface DownloadProgress {
  /** A download begins. */
  readonly start: (source: string) => void;
  /** @param total 0 if the server did not say how much it sends */
  readonly received: (bytes: number, total: number) => void;
}

/**
 * Shows each percent in place, where `progress` can. Elsewhere, reports each quarter in a line.
 *
 * @param progress replaces the text that it showed last
 */
export function toProgress(report: Report, progress: Report | undefined): DownloadProgress {
  const parts = progress === undefined ? 4 : 100;
  let shown = 0;
  return {
    start: (source) => {
      shown = 0;
      report(`  from ${source}`);
    },
    received: (bytes, total) => {
      const part = total > 0 ? Math.floor((parts * bytes) / total) : 0;
      if (part <= shown) return;
      shown = part;
      const percent = Math.floor((100 * part) / parts);
      (progress ?? report)(`  ${percent}% of ${toMegabytes(total)} MB`);
    },
  };
}

function toMegabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}
