import {
  checkSchemaBounds,
  type EventTypeRegistration,
  type Problem,
  type RegisteredEventTypes,
} from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError, TocsinError } from '../../domain/errors.ts';
import type { EventType } from '../../domain/event-type.ts';
import type { EventTypeStore, EventTypeWrite } from '../../domain/ports/event-type-store.ts';
import type { SchemaChecker } from '../../domain/ports/json-schemas.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import { maxEventTypes } from '../../domain/registered-event-type.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { toRegistration } from './registration-rules.ts';
import { listFields } from './schema-fields.ts';

/** Problems that one error names. */
const maxProblems = 50;

/** A call that finds its types changed by another one this often gives up. */
const maxTries = 5;

export interface RegisterDeps {
  /** The built-in types and those of catalog files. */
  readonly common: readonly EventType[];
  readonly store: EventTypeStore;
  readonly checker: SchemaChecker;
  readonly audit: AuditService;
  readonly clock: Clock;
  /** Called after types of an account were changed. Null: of all accounts. */
  readonly onChanged: (accountId: string | null) => void;
}

/** Returns the function that registers types of an account, all or none. Null: types of all accounts. */
export function createRegister(deps: RegisterDeps) {
  const { store, audit, onChanged } = deps;
  return async function register(
    actor: Actor,
    accountId: string | null,
    given: readonly EventTypeRegistration[],
  ): Promise<RegisteredEventTypes> {
    rejectProblems(await listDefinitionProblems(deps, given));
    for (let tries = 0; tries < maxTries; tries++) {
      const { results, writes } = await planWrites(deps, accountId, given);
      if (writes.length === 0) return { eventTypes: results };
      const written = await store.write(accountId, writes, maxEventTypes);
      if (written === 'limit_reached') {
        throw apiError(
          'QUOTA_EXCEEDED',
          `${accountId ?? 'all accounts together'} would have more than ${maxEventTypes} event types; delete some`,
        );
      }
      if (written === 'conflict') continue;
      onChanged(accountId);
      await audit.record(actor, {
        action: 'event_type.registered',
        accountId,
        targetId: null,
        details: { types: writes.map(({ type }) => type.name) },
      });
      return { eventTypes: results };
    }
    throw new TocsinError('UNAVAILABLE', 'other calls change the same event types; try again', {
      retryAfterSeconds: 1,
    });
  };
}

/** What is wrong with the definitions themselves, whatever is registered. */
async function listDefinitionProblems(
  { common, checker }: Pick<RegisterDeps, 'common' | 'checker'>,
  given: readonly EventTypeRegistration[],
): Promise<Rejection[]> {
  const commonNames = new Set(common.map(({ name }) => name));
  const seen = new Set<string>();
  const problems = given.flatMap(({ type, schema, presentation }, index) => {
    const isRepeated = seen.has(type);
    seen.add(type);
    const fields = listFields(schema);
    const unknown = (presentation?.fields ?? []).find(({ key }) => !fields.includes(key));
    return [
      ...(isRepeated ? ['is listed twice'] : []),
      ...(commonNames.has(type) ? ["is part of the server's catalog and cannot be redefined"] : []),
      ...checkSchemaBounds(schema).map(({ path, message }) => `schema ${path}: ${message}`),
      ...(isObjectSchema(schema) ? [] : ['schema #: data is an object, so it must have type: "object"']),
      ...(unknown === undefined
        ? []
        : [`presentation: the schema has no field ${JSON.stringify(unknown.key.slice(0, 80))}`]),
    ].map((message) => toProblem(index, type, message));
  });
  // Nothing is compiled before its size is checked.
  if (problems.length > 0) return problems;
  const checked = await checker.check(
    given.map(({ schema, example }) => ({
      schemaText: JSON.stringify(schema),
      exampleText: JSON.stringify(example),
    })),
  );
  return checked.flatMap((problem, index) =>
    problem === undefined ? [] : toProblem(index, given[index]?.type ?? '', problem),
  );
}

function isObjectSchema({ type }: Readonly<Record<string, unknown>>): boolean {
  return type === 'object';
}

/** What has to be written, from what is registered now. */
async function planWrites(
  { store, clock }: Pick<RegisterDeps, 'store' | 'clock'>,
  accountId: string | null,
  given: readonly EventTypeRegistration[],
) {
  const now = clock.now();
  const found = await store.getMany(
    accountId,
    given.map(({ type }) => type),
  );
  const byName = new Map(found.map((type) => [type.name, type]));
  const problems: Rejection[] = [];
  const writes: EventTypeWrite[] = [];
  const results: RegisteredEventTypes['eventTypes'] = [];
  for (const [index, registration] of given.entries()) {
    const { type: name } = registration;
    const before = byName.get(name);
    const outcome = toRegistration(before, registration, now);
    if (outcome.kind === 'rejected') {
      problems.push(toProblem(index, name, outcome.problem));
      continue;
    }
    results.push({ type: name, version: outcome.version, result: outcome.kind });
    if (outcome.kind === 'unchanged') continue;
    const { versions } = outcome;
    const type = { name, accountId, versions, createdAt: before?.createdAt ?? now, updatedAt: now };
    writes.push({ type, before: before?.revision });
  }
  rejectProblems(problems);
  return { results, writes };
}

interface Rejection extends Problem {
  readonly type: string;
}

function toProblem(index: number, type: string, message: string): Rejection {
  return { path: `eventTypes.${index}`, type, message };
}

/** Each problem has a line of its own, because those of a schema can be long. */
function rejectProblems(problems: readonly Rejection[]): void {
  if (problems.length === 0) return;
  const lines = problems
    .slice(0, maxProblems)
    .map(({ path, type, message }) => `${path} (${type}): ${message}`);
  const more = problems.length > maxProblems ? `\nand ${problems.length - maxProblems} more` : '';
  const named = problems.map(({ path, message }) => ({ path, message }));
  throw new TocsinError('INVALID_INPUT', `${lines.join('\n')}${more}`, { problems: named });
}
