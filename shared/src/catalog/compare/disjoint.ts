import { toJsonText } from './canonical-text.ts';
import { fieldSchema, isNothing, type Branch, type Conjunction } from './branch.ts';

/** How deep fields are compared to find that two objects differ. */
const maxDepth = 3;

interface Expander {
  tryExpand(conjunction: Conjunction): readonly Branch[] | undefined;
}

/** Whether two branches provably have no value in common. */
export function areDisjoint(a: Branch, b: Branch, expander: Expander, depth = 0): boolean {
  if (a.type !== b.type) return true;
  if (a.values !== undefined && b.values !== undefined) {
    const texts = new Set(b.values.map(toJsonText));
    if (!a.values.some((value) => texts.has(toJsonText(value)))) return true;
  }
  if (a.min !== undefined && b.max !== undefined && a.min.value > b.max.value) return true;
  if (b.min !== undefined && a.max !== undefined && b.min.value > a.max.value) return true;
  if (a.minSize > b.maxSize || b.minSize > a.maxSize) return true;
  return a.type === 'object' && depth < maxDepth && hasDisjointField(a, b, expander, depth);
}

/** Whether a field that one of the two objects requires has no value in common. */
function hasDisjointField(a: Branch, b: Branch, expander: Expander, depth: number): boolean {
  if (a.shape.patterns.size > 0 || b.shape.patterns.size > 0) return false;
  return [...new Set([...a.required, ...b.required])].some((name) => {
    const left = fieldSchema(a.shape, name);
    const right = fieldSchema(b.shape, name);
    if (left.length === 0 || right.length === 0) return false;
    if (isNothing(left) || isNothing(right)) return true;
    const leftBranches = expander.tryExpand(left);
    const rightBranches = expander.tryExpand(right);
    if (leftBranches === undefined || rightBranches === undefined) return false;
    return leftBranches.every((x) => rightBranches.every((y) => areDisjoint(x, y, expander, depth + 1)));
  });
}
