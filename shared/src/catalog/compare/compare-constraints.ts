import { toCanonicalText } from './canonical-text.ts';
import { fieldSchema, isNothing, type Branch, type Constraint, type Term } from './branch.ts';
import { breakingGap, undecidedGap, type Comparison, type Gap } from './gap.ts';

/** Finds constraints of the wide branch that the narrow one does not imply. */
export function compareConstraints(
  narrow: Branch,
  wide: Branch,
  path: string,
  comparison: Comparison,
): readonly Gap[] {
  return wide.constraints
    .filter((constraint) => !isImplied(constraint, narrow, comparison))
    .map((constraint) => toGap(constraint, path));
}

function isImplied(constraint: Constraint, narrow: Branch, comparison: Comparison): boolean {
  if (narrow.constraints.some((other) => implies(other, constraint, comparison))) return true;
  switch (constraint.kind) {
    case 'propertyNames':
      return comparison.isSubset([anyName], constraint.schema);
    case 'dependentRequired':
      return (
        constraint.names.every((name) => narrow.required.has(name)) ||
        (narrow.shape.patterns.size === 0 && isNothing(fieldSchema(narrow.shape, constraint.key)))
      );
    case 'contains':
      return constraint.min === 0 && constraint.max === undefined;
    default:
      return false;
  }
}

const anyName: Term = { schema: { type: 'string' }, root: true };

/** Whether a constraint of the narrow branch is at least as strict as one of the wide branch. */
function implies(narrow: Constraint, wide: Constraint, { isSubset }: Comparison): boolean {
  switch (wide.kind) {
    // What is excluded is compared the other way round.
    case 'not':
      return narrow.kind === 'not' && isSubset(wide.schema, narrow.schema);
    case 'if':
      return (
        narrow.kind === 'if' &&
        isSameTerm(narrow.condition, wide.condition) &&
        isSubset(narrow.consequence, wide.consequence) &&
        isSubset(narrow.otherwise, wide.otherwise)
      );
    case 'contains':
      return (
        narrow.kind === 'contains' &&
        narrow.min >= wide.min &&
        isSubset(narrow.schema, wide.schema) &&
        (wide.max === undefined ||
          (narrow.max !== undefined && narrow.max <= wide.max && isSubset(wide.schema, narrow.schema)))
      );
    case 'propertyNames':
      return narrow.kind === 'propertyNames' && isSubset([anyName, ...narrow.schema], wide.schema);
    case 'dependentRequired':
      return (
        narrow.kind === 'dependentRequired' &&
        narrow.key === wide.key &&
        wide.names.every((name) => narrow.names.includes(name))
      );
    case 'dependentSchemas':
      return (
        narrow.kind === 'dependentSchemas' && narrow.key === wide.key && isSubset(narrow.schema, wide.schema)
      );
    case 'text':
      return narrow.kind === 'text' && narrow.keyword === wide.keyword && isSameTerm(narrow.term, wide.term);
    default:
      return wide satisfies never;
  }
}

function isSameTerm(a: Term, b: Term): boolean {
  const text = toCanonicalText(a.schema, a.root);
  return text !== undefined && text === toCanonicalText(b.schema, b.root);
}

function toGap(constraint: Constraint, path: string): Gap {
  switch (constraint.kind) {
    case 'propertyNames':
      return breakingGap(path, 'propertyNames', 'fields with other names');
    case 'dependentRequired':
      return breakingGap(
        path,
        'dependentRequired',
        `objects with ${JSON.stringify(constraint.key)} and without ${constraint.names.map((name) => JSON.stringify(name)).join(', ')}`,
      );
    case 'contains':
      return breakingGap(path, 'contains', 'lists without the items that contains asks for');
    case 'dependentSchemas':
      return undecidedGap(path, `dependentSchemas of ${JSON.stringify(constraint.key)} changed`);
    case 'text':
      return undecidedGap(path, `${constraint.keyword} changed`);
    default:
      return undecidedGap(path, `${constraint.kind} changed`);
  }
}
