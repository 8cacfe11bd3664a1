import { isObject, type JsonObject } from './json-object.ts';
import { withNamedRepeats } from './named-repeats.ts';

/**
 * Moves the bodies of operations to components with a name, so that code generators make one type for each.
 * Equal bodies share a component. Removes components that nothing refers to.
 */
export function withNamedBodies(document: JsonObject): JsonObject {
  const namer = new BodyNamer(toSchemas(document));
  const paths = mapOperations(document, (operation, path) => namer.nameBodies(operation, path));
  const components = isObject(document['components']) ? document['components'] : {};
  const schemas = withNamedRepeats(toUsed(paths, namer.schemas));
  return { ...document, paths, components: { ...components, schemas } };
}

/** Applies a function to each operation of a document. Returns its paths. */
export function mapOperations(
  document: JsonObject,
  change: (operation: JsonObject, path: string) => JsonObject,
): JsonObject {
  const paths = isObject(document['paths']) ? document['paths'] : {};
  return mapValues(paths, (methods, path) =>
    mapValues(methods, (operation) => (isObject(operation) ? change(operation, path) : operation)),
  );
}

/** Applies a function to each value of an object. Returns anything else as it is. */
export function mapValues(value: unknown, change: (inner: unknown, key: string) => unknown): JsonObject {
  // `as`: an object of a document.
  if (!isObject(value)) return value as JsonObject;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner, key)]));
}

const place = '#/components/schemas/';

/** Gives names to bodies. Has all schemas of the document. */
class BodyNamer {
  readonly #schemas: Map<string, unknown>;
  readonly #nameByText = new Map<string, string>();

  constructor(schemas: JsonObject) {
    this.#schemas = new Map(Object.entries(schemas).map(([name, schema]) => [name, withoutNoise(schema)]));
  }

  get schemas(): JsonObject {
    return Object.fromEntries(this.#schemas);
  }

  nameBodies(operation: JsonObject, path: string): JsonObject {
    const id = toPascalCase(String(operation['operationId']));
    const { requestBody, responses, parameters } = operation;
    return {
      ...operation,
      ...(parameters === undefined ? {} : { parameters: withoutNoise(parameters) }),
      ...(requestBody === undefined ? {} : { requestBody: this.#nameContent(requestBody, `${id}Request`) }),
      responses: mapValues(responses, (response, status) =>
        this.#nameContent(response, status.startsWith('2') ? `${id}Response` : toErrorName(path)),
      ),
    };
  }

  #nameContent(body: unknown, name: string): unknown {
    if (!isObject(body) || !isObject(body['content'])) return body;
    const content = mapValues(body['content'], (media) =>
      isObject(media) && isObject(media['schema'])
        ? { ...media, schema: this.#nameSchema(media['schema'], name) }
        : media,
    );
    return { ...body, content };
  }

  #nameSchema(schema: JsonObject, name: string): JsonObject {
    if ('$ref' in schema) return schema;
    const clean = withoutNoise(schema);
    const text = JSON.stringify(clean);
    let known = this.#nameByText.get(text);
    if (known === undefined) {
      known = this.#toFreeName(findPageName(clean) ?? name);
      this.#nameByText.set(text, known);
      this.#schemas.set(known, clean);
    }
    return { $ref: `${place}${known}` };
  }

  #toFreeName(name: string): string {
    let free = name;
    for (let number = 2; this.#schemas.has(free); number++) free = `${name}_${number}`;
    return free;
  }
}

function toErrorName(path: string): string {
  if (path.startsWith('/api/')) return 'Problem';
  return path.startsWith('/v1/admin/') ? 'AuthonError' : 'Error';
}

/** A page is named after its items: `DeliveryPage`. */
function findPageName(schema: unknown): string | undefined {
  const properties = isObject(schema) && isObject(schema['properties']) ? schema['properties'] : {};
  const { items, nextCursor } = properties;
  const item = isObject(items) && isObject(items['items']) ? items['items']['$ref'] : undefined;
  if (nextCursor === undefined || typeof item !== 'string') return undefined;
  return `${item.slice(place.length)}Page`;
}

/** Removes what a schema says twice: the pattern of a format, and the limits of integers that JSON can hold. */
function withoutNoise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNoise);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(
    ([key, inner]) =>
      !(key === 'pattern' && typeof value['format'] === 'string') &&
      !((key === 'minimum' || key === 'maximum') && Math.abs(Number(inner)) === Number.MAX_SAFE_INTEGER),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutNoise(inner)]));
}

/** Returns the schemas that a part of a document refers to, and those that they refer to. */
function toUsed(part: unknown, schemas: JsonObject): JsonObject {
  const used = new Set<string>();
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(collect);
    if (!isObject(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      const name = key === '$ref' && typeof inner === 'string' ? inner.slice(place.length) : undefined;
      if (name === undefined) collect(inner);
      else if (!used.has(name)) {
        used.add(name);
        collect(schemas[name]);
      }
    }
  };
  collect(part);
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
}

function toSchemas({ components }: JsonObject): JsonObject {
  return isObject(components) && isObject(components['schemas']) ? components['schemas'] : {};
}

function toPascalCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
