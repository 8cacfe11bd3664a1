import type { Logger } from 'pino';
import { createLog } from '../telemetry/log.ts';

export type LogFormat = 'json' | 'text';

export interface TerminalLogOptions {
  /** LOG_FORMAT. @default text on a terminal, otherwise json */
  readonly format: LogFormat | undefined;
  readonly secrets?: readonly string[];
  /** Fields of each line. @default none */
  readonly getFields?: (() => object) | undefined;
  /** Whether each line is written at once. @default lines are buffered */
  readonly isImmediate?: boolean;
}

/** Creates the log of a process, on standard error: readable on a terminal, JSON elsewhere. */
export async function createTerminalLog(
  level: string,
  { format, secrets = [], isImmediate = false, getFields }: TerminalLogOptions,
): Promise<Logger> {
  const { isTTY } = process.stderr;
  const write = (text: string) => void process.stderr.write(text);
  if ((format ?? (isTTY ? 'text' : 'json')) === 'json') {
    return createLog(level, { secrets, getFields, ...(isImmediate ? { destination: { write } } : {}) });
  }
  // Imported lazily: most servers write JSON.
  const { createTextDestination } = await import('../telemetry/text-log.ts');
  const destination = createTextDestination({
    write,
    colors: isTTY && (process.stderr.hasColors?.() ?? false),
  });
  return createLog(level, { secrets, getFields, destination });
}

/**
 * The log before the configuration was read. An invalid setting counts as unset here. Each line is written at once, so
 * that it comes before the reason why the start fails.
 */
export async function createStartLog(env: Readonly<Record<string, string | undefined>>): Promise<Logger> {
  const level = env['LOG_LEVEL'];
  return await createTerminalLog(level === 'silent' || level === 'error' ? level : 'warn', {
    format: logFormats.find((format) => format === env['LOG_FORMAT']),
    isImmediate: true,
  });
}

const logFormats: readonly LogFormat[] = ['json', 'text'];
