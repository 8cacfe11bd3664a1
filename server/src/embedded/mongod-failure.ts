/** A cause that mongod's log shows, and what to do about it. The first row that matches counts. */
const rows: readonly (readonly [RegExp, string])[] = [
  [/No space left on device|OutOfDiskSpace/i, 'the disk is full; free some space'],
  [/Disk quota exceeded/i, 'the disk quota of this user is used up; free some space'],
  [
    /Permission denied|Operation not permitted/i,
    'it may not read or write its files; give its user access to them',
  ],
  [/Read-only file system/i, 'its file system is read-only; set another DATA_DIR'],
  [
    /Wrong mongod version|UPGRADE PROBLEM|Invalid featureCompatibilityVersion|unsupported WiredTiger file version/i,
    'its data is of another version of MongoDB; set MONGOD_BINARY to a mongod of the version that wrote it',
  ],
  [
    /error while loading shared libraries|Library not loaded/i,
    'a library is missing; install it, or set MONGOD_BINARY to another mongod',
  ],
  [/Too many open files/i, 'too many files are open; raise the limit (ulimit -n)'],
  [/WT_PANIC|checksum error|corrupt/i, 'its data is damaged; restore a backup'],
];

/** `SIGILL`: MongoDB 5.0 and newer need AVX. */
const signalCauses: Readonly<Record<string, string>> = {
  SIGILL: 'this processor lacks instructions that it needs (AVX); set MONGODB_URI to a MongoDB elsewhere',
  SIGKILL: 'it was killed, perhaps because memory is short; free some memory',
};

/**
 * Returns the cause of a failed start of mongod by the last lines of its log, in one sentence with the remedy.
 *
 * @param signal that ended mongod, if any
 */
export function explainMongodFailure(log: string, signal: string | null): string | undefined {
  const found = rows.find(([pattern]) => pattern.test(log));
  return found?.[1] ?? (signal === null ? undefined : signalCauses[signal]);
}
