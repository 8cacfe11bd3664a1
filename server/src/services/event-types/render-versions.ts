import { apiError } from '../../domain/errors.ts';
import { maxDataBytes, type AcceptedEvent, type Rendering } from '../../domain/event.ts';
import { getLatestVersion, type EventType, type EventTypeVersion } from '../../domain/event-type.ts';
import type { Webhook } from '../../domain/webhook.ts';

/**
 * Renders the data of an event for targets that are pinned to an older version of its type. Undefined if there are none,
 * which is decided without work for types that have one version only.
 *
 * @throws INTERNAL if a function of the catalog fails
 */
export function toRenderings(
  eventType: EventType,
  published: EventTypeVersion,
  dataText: string,
  targets: readonly Webhook[],
): readonly Rendering[] | undefined {
  const older = Object.keys(eventType.downcast ?? {});
  if (older.length === 0 || published !== getLatestVersion(eventType)) return undefined;
  const renderings = older.flatMap((key): Rendering[] => {
    const version = Number(key);
    const pinned = targets.filter(({ eventVersions }) => eventVersions[eventType.name] === version);
    if (pinned.length === 0) return [];
    return [{ version, dataText: render(eventType, version, dataText), targets: pinned.map(({ id }) => id) }];
  });
  return renderings.length === 0 ? undefined : renderings;
}

/**
 * Renders the data of a stored event for a webhook that it did not match. Undefined if the webhook gets the newest
 * version, or the event was published at an older one, which is sent as it is.
 *
 * @throws INTERNAL if a function of the catalog fails
 */
export function toLateRendering(
  eventType: EventType,
  { dataText }: AcceptedEvent,
  webhook: Webhook,
): Rendering | undefined {
  const latest = getLatestVersion(eventType);
  // Our own text, serialized from a parsed object when the event was accepted.
  const data = JSON.parse(dataText) as Record<string, unknown>;
  if (latest.validate(data).problems !== undefined) return undefined;
  return toRenderings(eventType, latest, dataText, [webhook])?.[0];
}

/** Renders data as an older version. The function gets a copy, because it may change what it gets. */
export function render({ name, downcast }: EventType, version: number, dataText: string): string {
  let text: unknown;
  try {
    // Our own text, serialized from a parsed object.
    text = JSON.stringify(downcast?.[version]?.(JSON.parse(dataText) as Record<string, unknown>));
  } catch (error) {
    throw downcastError(name, version, error instanceof Error ? error.message : String(error), error);
  }
  if (typeof text !== 'string' || !text.startsWith('{')) {
    throw downcastError(name, version, 'it returned no object');
  }
  if (Buffer.byteLength(text) > maxDataBytes) {
    throw downcastError(name, version, `it returned more than ${maxDataBytes} bytes of JSON`);
  }
  return text;
}

function downcastError(name: string, version: number, reason: string, cause?: unknown) {
  return apiError('INTERNAL', `the downcast of ${name} to version ${version} failed: ${reason}`, cause);
}
