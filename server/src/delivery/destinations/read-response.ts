import type { SendResult } from '../../domain/send-result.ts';

/** A response that a destination sent, whatever its status. */
export type HttpResponse = Extract<SendResult, { kind: 'answered' }>;

/** The fields of a JSON object in a response body. Empty for anything else, such as a web page. */
export function toJsonFields(response: HttpResponse): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(response.reply);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Converts seconds to ms. Accepts a number or numeric text, with or without a fraction. */
export function secondsToMs(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0
    ? Math.ceil(seconds * 1000)
    : undefined;
}
