import { open, rename, stat } from 'node:fs/promises';

// Enough for the last few dozen lines and a backtrace: mongod logs JSON of some hundred bytes per line.
const tailBytes = 65_536;
const maxLogBytes = 20_000_000;

/** A backtrace follows the reason of an abort and would push it out of the last lines. */
const backtraceLine = /"msg":" *(BACKTRACE|Frame)"/;

/** Returns the last lines of mongod's log, shortened to severity, message and attributes. */
export async function readLogTail(path: string, maxLines = 8): Promise<string> {
  try {
    const lines = (await readTail(path))
      .split('\n')
      .filter((line) => line.trim() !== '' && !backtraceLine.test(line));
    return lines.slice(-maxLines).map(shorten).join('\n');
  } catch {
    return '(no log)';
  }
}

/** What mongod writes into a log that it appends to. */
const restartMark = '***** SERVER RESTARTED *****';

/** Returns the last part of mongod's log, without what it wrote before its last start. Empty if there is no log. */
export async function readLogOfLastStart(path: string): Promise<string> {
  try {
    return (await readTail(path)).split(restartMark).at(-1) ?? '';
  } catch {
    return '';
  }
}

/** Whether the last part of mongod's log contains the text. */
export async function logContains(path: string, text: string): Promise<boolean> {
  try {
    return (await readTail(path)).includes(text);
  } catch {
    return false;
  }
}

/** Limits the size of mongod's log. Keeps one old log, which may contain the reason for a restart. */
export async function rotateLog(path: string): Promise<void> {
  try {
    const { size } = await stat(path);
    if (size > maxLogBytes) await rename(path, `${path}.1`);
  } catch {
    // No log yet.
  }
}

async function readTail(path: string): Promise<string> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const buffer = Buffer.alloc(Math.min(size, tailBytes));
  await file.read(buffer, 0, buffer.length, size - buffer.length);
  return buffer.toString('utf8');
}

function shorten(line: string): string {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== 'object' || entry === null || !('msg' in entry)) return line;
    const severity = 's' in entry ? `${String(entry.s)} ` : '';
    const attributes = 'attr' in entry ? ` ${JSON.stringify(entry.attr)}` : '';
    return `  ${severity}${String(entry.msg)}${attributes}`.slice(0, 400);
  } catch {
    return `  ${line}`.slice(0, 400);
  }
}
