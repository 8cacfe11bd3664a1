import { embedSchema } from './embed-schema.ts';
import { isObject, type JsonObject } from './json-object.ts';
import { toDataName, toInputName, toSchemaPlace, type EventDoc } from './event-docs.ts';
import { LazyMap } from './lazy-map.ts';
import { exampleTimestamp, profileHeaders, profiles, type DeliveryHeader } from './profiles.ts';

const publishPath = '/v1/apps/{appId}/events';

/**
 * Returns an OpenAPI document with these events: the body of the publish call as one of them, what receivers
 * get as webhooks, and their schemas as components.
 */
export function withEvents(document: JsonObject, events: readonly EventDoc[]): JsonObject {
  const components = toObject(document['components']);
  return {
    ...document,
    paths: withPublishBody(toObject(document['paths']), events),
    webhooks: new LazyMap(function* () {
      for (const event of events) yield [event.type, toWebhook(event)];
    }),
    components: {
      ...components,
      parameters: { ...toObject(components['parameters']), ...headerParameters },
      schemas: new LazyMap(function* () {
        yield* Object.entries({ ...toObject(components['schemas']), ...toPublishSchemas(events) });
        for (const event of events) yield* toEventSchemas(event);
      }),
    },
  };
}

function withPublishBody(paths: JsonObject, events: readonly EventDoc[]): JsonObject {
  const path = toObject(paths[publishPath]);
  const post = toObject(path['post']);
  const content = {
    'application/json': {
      schema: { $ref: toSchemaPlace('PublishedEvent') },
      examples: Object.fromEntries(
        events
          .filter(({ canPublish, example }) => canPublish && example !== undefined)
          .slice(0, maxPublishExamples)
          .map(({ type, example }) => [type, { value: { event: type, data: example } }]),
      ),
    },
  };
  return {
    ...paths,
    [publishPath]: { ...path, post: { ...post, requestBody: { required: true, content } } },
  };
}

/** Enough to show the form. Each webhook has the example of its event. */
const maxPublishExamples = 20;

function toPublishSchemas(events: readonly EventDoc[]): Record<string, unknown> {
  const published = events.filter(({ canPublish }) => canPublish);
  const places = published.map((event) => [event.type, toSchemaPlace(toPublishedName(event))] as const);
  return {
    PublishedEvent: {
      description: 'An event to publish. `event` selects the schema of `data`.',
      oneOf: places.map(([, place]) => ({ $ref: place })),
      discriminator: { propertyName: 'event', mapping: Object.fromEntries(places) },
    },
    IdempotencyKey: {
      type: 'string',
      pattern: '^[\\x21-\\x7e]{1,128}$',
      description:
        'Makes repeated calls safe: the same key with the same event returns the first result again.',
    },
    EventTime: {
      type: 'string',
      format: 'date-time',
      description: 'When the event happened, ISO 8601 with an offset. By default the time of the call.',
    },
  };
}

function toEventSchemas(event: EventDoc): (readonly [string, JsonObject])[] {
  const { type, identifier, data, input, canPublish } = event;
  const dataRef = { $ref: toSchemaPlace(toDataName(event)) };
  return [
    toComponent(toDataName(event), data),
    ...(input === undefined ? [] : [toComponent(toInputName(event), input)]),
    ...(canPublish ? [[toPublishedName(event), toPublishedSchema(event)] as const] : []),
    [`${identifier}Standard`, toBodySchema('type', type, dataRef)],
    [`${identifier}Contract`, toBodySchema('event', type, dataRef)],
  ];
}

function toComponent(name: string, schema: JsonObject): readonly [string, JsonObject] {
  return [name, embedSchema(schema, toSchemaPlace(name))];
}

function toPublishedName({ identifier }: EventDoc): string {
  return `${identifier}Publish`;
}

function toPublishedSchema(event: EventDoc): JsonObject {
  return {
    type: 'object',
    description: event.description,
    required: ['event', 'data'],
    properties: {
      event: { type: 'string', const: event.type },
      version: { type: 'integer', const: event.version, description: 'By default the newest version.' },
      data: { $ref: toSchemaPlace(toInputName(event)) },
      idempotencyKey: { $ref: toSchemaPlace('IdempotencyKey') },
      timestamp: { $ref: toSchemaPlace('EventTime') },
    },
    additionalProperties: false,
  };
}

/** The body of a delivery. Receivers accept fields that they do not know. */
export function toBodySchema(typeField: 'type' | 'event', type: string, data: JsonObject): JsonObject {
  return {
    type: 'object',
    required: [typeField, 'timestamp', 'data'],
    properties: {
      [typeField]: { type: 'string', const: type },
      timestamp: { type: 'string', format: 'date-time' },
      data,
    },
  };
}

function toWebhook({ type, version, identifier, description, family, example }: EventDoc): JsonObject {
  const schema = {
    anyOf: [
      { $ref: toSchemaPlace(`${identifier}Standard`), description: 'Of the profile `standard`.' },
      {
        $ref: toSchemaPlace(`${identifier}Contract`),
        description: 'Of the profiles `authon` and `authforge`.',
      },
    ],
  };
  const toExample = (typeField: 'type' | 'event') => ({
    value: { [typeField]: type, timestamp: exampleTimestamp, data: example },
  });
  const examples = { standard: toExample('type'), authforge: toExample('event'), authon: toExample('event') };
  return {
    post: {
      operationId: `on${identifier}`,
      ...(family === null ? {} : { tags: [family] }),
      summary: description,
      ...(version === 1
        ? {}
        : { description: `Version ${version}. Webhooks can be pinned to an older one.` }),
      parameters: Object.keys(headerParameters).map((name) => ({ $ref: `#/components/parameters/${name}` })),
      requestBody: {
        required: true,
        content: { 'application/json': { schema, ...(example === undefined ? {} : { examples }) } },
      },
      responses: { '2XX': { description: 'Received. Any other status is a failure and is retried.' } },
    },
  };
}

/** One parameter for each header. A delivery has those of its profile, so only `webhook-id` is required. */
const headerParameters: Readonly<Record<string, JsonObject>> = Object.fromEntries(
  profiles
    .flatMap((profile) => profileHeaders[profile].map((header) => ({ profile, header })))
    .map(({ profile, header }) => [header.name, toHeaderParameter(profile, header)]),
);

function toHeaderParameter(profile: string, { name, description, schema }: DeliveryHeader): JsonObject {
  const isCommon = profiles.every((other) => profileHeaders[other].some((header) => header.name === name));
  return {
    name,
    in: 'header',
    required: isCommon,
    description: isCommon ? description : `Of the profile \`${profile}\`: ${description}`,
    schema,
  };
}

function toObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
