import { compareSchemas, type EventTypeRegistration, type SchemaDifference } from '@tocsin/shared';
import {
  maxVersions,
  type RegisteredEventType,
  type RegisteredVersion,
} from '../../domain/registered-event-type.ts';

/** What a registration changes, or why it is rejected. */
export type Registration =
  | { readonly kind: 'unchanged'; readonly version: number }
  | {
      readonly kind: 'created' | 'updated' | 'new_version';
      readonly version: number;
      readonly versions: readonly RegisteredVersion[];
    }
  | { readonly kind: 'rejected'; readonly problem: string };

/**
 * Decides what the registration of a type changes. An identical definition changes nothing. A version is changed only
 * if its schema stays compatible, for publishers and for receivers. Everything else needs a new version.
 */
export function toRegistration(
  before: Pick<RegisteredEventType, 'versions'> | undefined,
  given: EventTypeRegistration,
  now: number,
): Registration {
  const versions = before?.versions ?? [];
  const newest = versions.at(-1);
  const version = given.version ?? newest?.version ?? 1;
  const same = versions.find((candidate) => candidate.version === version);
  const defined = toVersion(given, version, same?.createdAt ?? now, now);
  if (newest === undefined) return { kind: 'created', version, versions: [defined] };
  if (same !== undefined) return toUpdate(versions, same, defined);
  if (version < newest.version) {
    return rejected(`version ${version} does not exist; a new one is above ${newest.version}`);
  }
  if (versions.length >= maxVersions) {
    return rejected(`has ${maxVersions} versions already, which is the limit`);
  }
  return { kind: 'new_version', version, versions: [...versions, defined] };
}

function toUpdate(
  versions: readonly RegisteredVersion[],
  same: RegisteredVersion,
  defined: RegisteredVersion,
): Registration {
  const { version } = same;
  if (isSameDefinition(same, defined)) return { kind: 'unchanged', version };
  const breaking = compareSchemas(parse(same.schemaText), parse(defined.schemaText)).filter(isBreaking);
  if (breaking.length > 0) {
    const next = (versions.at(-1)?.version ?? version) + 1;
    const named = breaking.slice(0, 5).map(({ path, rule, message }) => `${path} (${rule}) ${message}`);
    return rejected(
      `breaks version ${version}: ${named.join('; ')}${breaking.length > 5 ? `; and ${breaking.length - 5} more` : ''}; register it as version ${next}`,
    );
  }
  const updated = versions.map((candidate) => (candidate.version === version ? defined : candidate));
  return { kind: 'updated', version, versions: updated };
}

function isBreaking(difference: SchemaDifference): boolean {
  return difference.isBreakingForPublishers || difference.isBreakingForReceivers;
}

/** The order of the keys of a schema counts, because data is delivered in the order of its fields. */
function isSameDefinition(a: RegisteredVersion, b: RegisteredVersion): boolean {
  return (
    a.description === b.description &&
    a.schemaText === b.schemaText &&
    a.exampleText === b.exampleText &&
    JSON.stringify(a.presentation) === JSON.stringify(b.presentation)
  );
}

function toVersion(
  { description, schema, example, presentation }: EventTypeRegistration,
  version: number,
  createdAt: number,
  updatedAt: number,
): RegisteredVersion {
  return {
    version,
    description,
    schemaText: JSON.stringify(schema),
    exampleText: JSON.stringify(example),
    presentation: presentation ?? null,
    createdAt,
    updatedAt,
  };
}

function rejected(problem: string): Registration {
  return { kind: 'rejected', problem };
}

/** Our own text, serialized from a parsed object. */
function parse(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}
