import type { SendResult } from '../../domain/send-result.ts';

export type Answer = Extract<SendResult, { kind: 'answered' }>;

/** The fields of a JSON object in a reply; empty when it is something else (a web page, a cut text). */
export function toJsonFields(answer: Answer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(answer.reply);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** A duration in seconds, whole or not, as chat services tell it; undefined when it is anything else. */
export function secondsToMs(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0
    ? Math.ceil(seconds * 1000)
    : undefined;
}
