import { pino, type DestinationStream, type Logger } from 'pino';
import { createScrubber } from './scrub.ts';

export interface LogOptions {
  /** Secrets of this installation. Every line is searched for them. */
  readonly secrets?: readonly string[];
  /** @default standard error, so that standard output carries only the output of a command */
  readonly destination?: DestinationStream;
  /**
   * Returns fields for each line, such as the ids of the trace.
   * @default none
   */
  readonly getFields?: (() => object) | undefined;
}

/**
 * Creates a pino logger that keeps credentials out of the log:
 *
 * - It redacts fields with the name of a credential.
 * - It writes only the type, message, code, stack and causes of an error, because driver errors carry whole
 *   documents.
 * - It scrubs every finished line of text that looks like a credential.
 */
export function createLog(level: string, options: LogOptions = {}): Logger {
  const { secrets = [], destination = pino.destination({ dest: 2, sync: false }), getFields } = options;
  return pino(
    {
      level,
      base: null,
      ...(getFields === undefined ? {} : { mixin: getFields }),
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      serializers: { err: toPlainError },
      hooks: { streamWrite: createScrubber(secrets) },
      redact: {
        paths: [
          'secret',
          '*.secret',
          'token',
          '*.token',
          'authorization',
          '*.authorization',
          'key',
          '*.key',
          'url',
          '*.url',
        ],
        censor: '[removed]',
      },
    },
    destination,
  );
}

/** Causes written per error. An error can be its own cause. */
const maxCauses = 5;

interface PlainError {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string | undefined;
  readonly cause?: PlainError;
}

function toPlainError(value: unknown, depth = 0): PlainError {
  if (!(value instanceof Error)) return { type: typeof value, message: String(value) };
  const code = 'code' in value ? value.code : undefined;
  return {
    type: value.name,
    message: value.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: value.stack,
    ...(value.cause === undefined || depth === maxCauses
      ? {}
      : { cause: toPlainError(value.cause, depth + 1) }),
  };
}
