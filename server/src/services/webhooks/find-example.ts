import { fieldError } from '../../domain/errors.ts';
import type { EventPresentation } from '../../domain/event.ts';
import {
  findVersion,
  getLatestVersion,
  isReachable,
  type EventType,
  type EventTypeVersion,
} from '../../domain/event-type.ts';
import { render } from '../event-types/render-versions.ts';

export interface EventExample {
  readonly example: Readonly<Record<string, unknown>>;
  /** The example as a webhook with this version gets it. */
  readonly dataText: string;
  readonly presentation: EventPresentation | undefined;
}

/**
 * Returns the example of an event type.
 *
 * @param version undefined: the newest one
 * @throws INVALID_INPUT if the type has no such version
 */
export function findExample(
  eventType: EventType,
  version: number | undefined,
  toData: (example: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> = (data) => data,
): EventExample {
  const { example, presentation } = findShownVersion(eventType, version);
  const text = JSON.stringify(toData(example));
  const isOlder = version !== undefined && findVersion(eventType, version) === undefined;
  return { example, presentation, dataText: isOlder ? render(eventType, version, text) : text };
}

/** The definition of a version, or the newest one, which can be rendered as an older one. */
function findShownVersion(eventType: EventType, version: number | undefined): EventTypeVersion {
  const latest = getLatestVersion(eventType);
  if (version === undefined) return latest;
  const found = findVersion(eventType, version);
  if (found !== undefined) return found;
  if (isReachable(eventType, version)) return latest;
  throw fieldError('version', `${eventType.name} has no version ${version}`);
}
