import { embedSchema } from './embed-schema.ts';
import { isObject, type JsonObject } from './json-object.ts';
import { toDataName, toInputName, toSchemaPlace, type EventDoc } from './event-docs.ts';
import { LazyMap } from './lazy-map.ts';
import { exampleTimestamp, profileHeaders, profiles, type DeliveryHeader } from './profiles.ts';

/** The operations that publish one event. `name` is that of the schema of their body. */
const publishing = [
  { path: '/v1/apps/{appId}/events', name: 'PublishedEvent', suffix: 'Publish', hasAppId: false },
  { path: '/api/v1/events', name: 'NewEvent', suffix: 'NewEvent', hasAppId: true },
] as const;

type Publishing = (typeof publishing)[number];

/** The operation that publishes many. */
const batchPath = '/api/v1/events/batch';

/** Whether a path publishes. Its request body depends on the events, and `withEvents` adds it. */
export function isPublishPath(path: string): boolean {
  return path === batchPath || publishing.some((call) => call.path === path);
}

/**
 * Returns an OpenAPI document with these events: the body of the publish call as one of them, what receivers
 * get as webhooks, and their schemas as components.
 */
export function withEvents(document: JsonObject, events: readonly EventDoc[]): JsonObject {
  const components = toObject(document['components']);
  const paths = toObject(document['paths']);
  const calls = publishing.filter(({ path }) => path in paths);
  return {
    ...document,
    paths: withPublishBodies(paths, events),
    webhooks: new LazyMap(function* () {
      for (const event of events) yield [event.type, toWebhook(event)];
    }),
    components: {
      ...components,
      parameters: { ...toObject(components['parameters']), ...headerParameters },
      schemas: new LazyMap(function* () {
        yield* Object.entries({ ...toObject(components['schemas']), ...commonSchemas });
        for (const call of calls) yield toUnion(call, events);
        if (batchPath in paths) yield ['NewEvents', newEvents];
        for (const event of events) yield* toEventSchemas(event, calls);
      }),
    },
  };
}

function withPublishBodies(paths: JsonObject, events: readonly EventDoc[]): JsonObject {
  const changed = { ...paths };
  for (const call of publishing) {
    if (call.path in paths) changed[call.path] = withBody(paths[call.path], toPublishBody(call, events));
  }
  if (batchPath in paths) {
    changed[batchPath] = withBody(paths[batchPath], { schema: { $ref: toSchemaPlace('NewEvents') } });
  }
  return changed;
}

function toPublishBody({ name, hasAppId }: Publishing, events: readonly EventDoc[]): JsonObject {
  const shown = events.filter(({ canPublish, example }) => canPublish && example !== undefined);
  const app = hasAppId ? { appId: 'app_xyz789' } : {};
  return {
    schema: { $ref: toSchemaPlace(name) },
    examples: Object.fromEntries(
      shown
        .slice(0, maxPublishExamples)
        .map(({ type, example }) => [type, { value: { ...app, event: type, data: example } }]),
    ),
  };
}

function withBody(path: unknown, media: JsonObject): JsonObject {
  const methods = toObject(path);
  const requestBody = { required: true, content: { 'application/json': media } };
  return { ...methods, post: { ...toObject(methods['post']), requestBody } };
}

/** Enough to show the form. Each webhook has the example of its event. */
const maxPublishExamples = 20;

function toUnion({ name, suffix }: Publishing, events: readonly EventDoc[]): readonly [string, JsonObject] {
  const places = events
    .filter(({ canPublish }) => canPublish)
    .map(({ type, identifier }) => [type, toSchemaPlace(`${identifier}${suffix}`)] as const);
  const union = {
    description: 'An event to publish. `event` selects the schema of `data`.',
    oneOf: places.map(([, place]) => ({ $ref: place })),
    discriminator: { propertyName: 'event', mapping: Object.fromEntries(places) },
  };
  return [name, union];
}

const newEvents: JsonObject = {
  description: 'Events to publish. Each has its own result.',
  type: 'object',
  required: ['events'],
  properties: {
    events: {
      type: 'array',
      description: 'The events, 1 to 500.',
      minItems: 1,
      maxItems: 500,
      items: { $ref: toSchemaPlace('NewEvent') },
    },
  },
  additionalProperties: false,
};

const commonSchemas = {
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

function toEventSchemas(event: EventDoc, calls: readonly Publishing[]): (readonly [string, JsonObject])[] {
  const { type, identifier, data, input, canPublish } = event;
  const dataRef = { $ref: toSchemaPlace(toDataName(event)) };
  const published = calls.map(
    (call) => [`${identifier}${call.suffix}`, toPublishedSchema(event, call)] as const,
  );
  return [
    toComponent(toDataName(event), data),
    ...(input === undefined || !canPublish ? [] : [toComponent(toInputName(event), input)]),
    ...(canPublish ? published : []),
    [`${identifier}Standard`, toBodySchema('type', type, dataRef)],
    [`${identifier}Contract`, toBodySchema('event', type, dataRef)],
  ];
}

function toComponent(name: string, schema: JsonObject): readonly [string, JsonObject] {
  return [name, embedSchema(schema, toSchemaPlace(name))];
}

function toPublishedSchema(event: EventDoc, { hasAppId }: Publishing): JsonObject {
  return {
    type: 'object',
    description: event.description,
    required: [...(hasAppId ? ['appId'] : []), 'event', 'data'],
    properties: {
      ...(hasAppId ? { appId: { type: 'string', description: 'The app that the event belongs to.' } } : {}),
      event: { type: 'string', const: event.type, description: 'Type of the event.' },
      version: {
        type: 'integer',
        const: event.version,
        description: 'Version of the event type. Default: the newest one.',
      },
      data: { $ref: toSchemaPlace(toInputName(event)), description: "The event's payload." },
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
      [typeField]: { type: 'string', const: type, description: 'Type of the event.' },
      timestamp: { type: 'string', format: 'date-time', description: 'When the event happened, ISO 8601.' },
      data: { ...data, description: "The event's payload." },
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
