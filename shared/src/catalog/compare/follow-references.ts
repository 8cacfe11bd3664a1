import { findReference, isAnnotation, isObject, type JsonSchema } from '../json-schema.ts';
import type { Term } from './branch.ts';

/** Returns the schema that a reference without further keywords refers to. */
export function followReferences(term: Term): Term {
  const seen = new Set<JsonSchema>();
  let { schema } = term;
  while (isObject(schema) && !seen.has(schema)) {
    seen.add(schema);
    const ref = schema['$ref'];
    const keywords = Object.keys(schema).filter((keyword) => !isAnnotation(keyword) && keyword !== '$defs');
    const target =
      typeof ref === 'string' && keywords.length === 1 ? findReference(term.root, ref) : undefined;
    if (target === undefined) break;
    schema = target;
  }
  return schema === term.schema ? term : { schema, root: term.root };
}
