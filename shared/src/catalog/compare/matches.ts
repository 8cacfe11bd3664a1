import { isObject } from '../json-schema.ts';
import { toJsonText } from './canonical-text.ts';
import {
  fieldSchema,
  itemSchema,
  jsonTypeFromValue,
  type Branch,
  type Conjunction,
  type Constraint,
} from './branch.ts';
import type { SchemaExpander } from './schema-expander.ts';

/** Whether a value satisfies a schema. `unknown` if that depends on a keyword that is not evaluated here. */
export type Match = 'yes' | 'no' | 'unknown';

/** Returns whether one value satisfies a schema. */
function matchSchema(value: unknown, schema: Conjunction, expander: SchemaExpander): Match {
  expander.countStep();
  const matches = expander.expand(schema).map((branch) => matchBranch(value, branch, expander));
  if (matches.includes('yes')) return 'yes';
  return matches.includes('unknown') ? 'unknown' : 'no';
}

/** Returns whether one value belongs to a branch. */
export function matchBranch(value: unknown, branch: Branch, expander: SchemaExpander): Match {
  if (jsonTypeFromValue(value) !== branch.type) return 'no';
  if (branch.values !== undefined) {
    const text = toJsonText(value);
    if (!branch.values.some((other) => toJsonText(other) === text)) return 'no';
  }
  return all([
    matchByType(value, branch, expander),
    ...branch.constraints.map((constraint) => matchConstraint(value, constraint, expander)),
  ]);
}

function matchConstraint(value: unknown, constraint: Constraint, expander: SchemaExpander): Match {
  switch (constraint.kind) {
    case 'not':
      return opposite(matchSchema(value, constraint.schema, expander));
    case 'if': {
      const condition = matchSchema(value, [constraint.condition], expander);
      if (condition === 'unknown') return 'unknown';
      return matchSchema(
        value,
        condition === 'yes' ? constraint.consequence : constraint.otherwise,
        expander,
      );
    }
    default:
      return 'unknown';
  }
}

function opposite(match: Match): Match {
  if (match === 'unknown') return match;
  return match === 'yes' ? 'no' : 'yes';
}

function matchByType(value: unknown, branch: Branch, expander: SchemaExpander): Match {
  if (typeof value === 'number') return toMatch(isInRange(value, branch));
  if (typeof value === 'string') {
    // JSON Schema counts code points.
    const { length } = Array.from(value);
    if (length < branch.minSize || length > branch.maxSize) return 'no';
    // Patterns are not run here: a pattern can take exponential time.
    return branch.patterns.length > 0 || branch.formats.length > 0 ? 'unknown' : 'yes';
  }
  if (Array.isArray(value)) return matchArray(value, branch, expander);
  return isObject(value) ? matchObject(value, branch, expander) : 'yes';
}

function isInRange(value: number, { isInteger, min, max, divisors }: Branch): boolean {
  if (isInteger && !Number.isInteger(value)) return false;
  if (min !== undefined && (min.isExclusive ? value <= min.value : value < min.value)) return false;
  if (max !== undefined && (max.isExclusive ? value >= max.value : value > max.value)) return false;
  return divisors.every((divisor) => Number.isInteger(value / divisor));
}

function matchArray(value: readonly unknown[], branch: Branch, expander: SchemaExpander): Match {
  if (value.length < branch.minSize || value.length > branch.maxSize) return 'no';
  if (branch.isUnique && new Set(value.map(toJsonText)).size < value.length) return 'no';
  return all(value.map((item, index) => matchSchema(item, itemSchema(branch, index), expander)));
}

function matchObject(
  value: Readonly<Record<string, unknown>>,
  { minSize, maxSize, required, shape }: Branch,
  expander: SchemaExpander,
): Match {
  const names = Object.keys(value);
  if (names.length < minSize || names.length > maxSize) return 'no';
  if ([...required].some((name) => !Object.hasOwn(value, name))) return 'no';
  if (shape.patterns.size > 0) return 'unknown';
  return all(names.map((name) => matchSchema(value[name], fieldSchema(shape, name), expander)));
}

function all(matches: readonly Match[]): Match {
  if (matches.includes('no')) return 'no';
  return matches.includes('unknown') ? 'unknown' : 'yes';
}

function toMatch(isMatch: boolean): Match {
  return isMatch ? 'yes' : 'no';
}
