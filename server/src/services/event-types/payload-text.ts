import { toProblemsText } from '@tocsin/shared';
import { TocsinError, apiError, fieldError } from '../../domain/errors.ts';
import { maxDataBytes, maxDataDepth } from '../../domain/event.ts';
import type { DataProblem, EventTypeVersion } from '../../domain/event-type.ts';

/**
 * Serializes `data` as the JSON text that receivers get: fields of the schema in its order, then unknown
 * fields in their given order. If the schema has `appId`, it is set from the call; if given, it must match.
 */
export function toPayloadText(
  eventType: EventTypeVersion,
  appId: string,
  data: Readonly<Record<string, unknown>>,
): string {
  if (eventType.hasAppId && data['appId'] !== undefined && data['appId'] !== appId) {
    throw fieldError(
      'data.appId',
      `${toDescription(data['appId'])} does not match the app ${appId} of this call`,
    );
  }
  if (isDeeperThan(data, maxDataDepth)) {
    throw fieldError('data', `nesting exceeds the limit of ${maxDataDepth} levels`);
  }
  const validated = eventType.validate(
    eventType.hasAppId && data['appId'] !== appId ? { ...data, appId } : data,
  );
  if (validated.problems !== undefined) throw toInvalidDataError(eventType.type, validated.problems);
  const text = JSON.stringify(validated.data);
  // A UTF-16 unit is at most 3 bytes of UTF-8, so most texts need no measuring.
  if (text.length * 3 > maxDataBytes && Buffer.byteLength(text) > maxDataBytes) {
    throw apiError(
      'PAYLOAD_TOO_LARGE',
      `data: ${Buffer.byteLength(text)} bytes of JSON exceed the limit of ${maxDataBytes} bytes`,
    );
  }
  return text;
}

/** Names every wrong field, by its path. */
function toInvalidDataError(type: string, found: readonly DataProblem[]): TocsinError {
  const problems = found.map(({ path, message }) => ({
    path: path === '' ? 'data' : `data.${path}`,
    message,
  }));
  return new TocsinError('INVALID_INPUT', `${toProblemsText(problems)} (event ${type})`, { problems });
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

function toDescription(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 80)}"` : `a value of type ${typeof value}`;
}
