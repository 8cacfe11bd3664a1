import type { SigningProfile } from '@tocsin/shared';
import { version } from '../../../version.ts';
import { embedSchema } from './embed-schema.ts';
import { toDataName, toSchemaPlace, type EventDoc } from './event-docs.ts';
import type { JsonObject } from './json-object.ts';
import { LazyMap } from './lazy-map.ts';
import { toBodySchema } from './openapi-events.ts';
import { exampleTimestamp, profileHeaders, profiles, toTypeField } from './profiles.ts';

/** Keywords that the default format of AsyncAPI, a superset of draft-07, lacks or understands otherwise. */
const newKeywords: ReadonlySet<string> = new Set([
  'prefixItems',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedProperties',
  'unevaluatedItems',
  'minContains',
  'maxContains',
]);
const newFormat = 'application/schema+json;version=draft-2020-12';

/**
 * Returns an AsyncAPI 3.0 document of events: a channel and an operation for each, with one message for each
 * signing profile. Tocsin sends them.
 */
export function toAsyncApi(events: readonly EventDoc[]): JsonObject {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Tocsin',
      version,
      description: 'The events that Tocsin sends to webhooks, by event type and signing profile.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: new LazyMap(function* () {
      for (const event of events) yield [event.type, toChannel(event)];
    }),
    operations: new LazyMap(function* () {
      for (const event of events) yield [`send${event.identifier}`, toOperation(event)];
    }),
    components: {
      messages: new LazyMap(function* () {
        for (const event of events) yield* toMessages(event);
      }),
      schemas: new LazyMap(function* () {
        for (const profile of profiles) yield [toHeadersName(profile), toHeadersSchema(profile)];
        for (const event of events) yield [toDataName(event), toDataSchema(event)];
      }),
    },
  };
}

function toChannel(event: EventDoc): JsonObject {
  return {
    // The URL is that of each webhook.
    address: null,
    title: event.type,
    description: event.description,
    messages: Object.fromEntries(
      profiles.map((profile) => [
        profile,
        { $ref: `#/components/messages/${toMessageName(event, profile)}` },
      ]),
    ),
  };
}

function toOperation({ type, description }: EventDoc): JsonObject {
  const channel = `#/channels/${type}`;
  return {
    action: 'send',
    channel: { $ref: channel },
    summary: description,
    messages: profiles.map((profile) => ({ $ref: `${channel}/messages/${profile}` })),
    bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
  };
}

function toMessages(event: EventDoc): (readonly [string, JsonObject])[] {
  return profiles.map((profile) => [toMessageName(event, profile), toMessage(event, profile)]);
}

function toMessageName({ identifier }: EventDoc, profile: SigningProfile): string {
  return `${identifier}${toCapitalized(profile)}`;
}

function toMessage(event: EventDoc, profile: SigningProfile): JsonObject {
  const { type, description, example } = event;
  const headers = Object.fromEntries(
    profileHeaders[profile].map(({ name, toExample }) => [name, toExample(type)]),
  );
  const body = { [toTypeField(profile)]: type, timestamp: exampleTimestamp, data: example };
  return {
    name: type,
    title: `${type} in the profile ${profile}`,
    summary: description,
    headers: { $ref: toSchemaPlace(toHeadersName(profile)) },
    payload: toPayload(event, profile),
    ...(example === undefined ? {} : { examples: [{ headers, payload: body }] }),
  };
}

function toPayload(event: EventDoc, profile: SigningProfile): JsonObject {
  const schema = toBodySchema(toTypeField(profile), event.type, { $ref: toDataPlace(event) });
  return isNew(event) ? { schemaFormat: newFormat, schema } : schema;
}

function toDataSchema(event: EventDoc): JsonObject {
  const schema = embedSchema(event.data, toDataPlace(event));
  return isNew(event) ? { schemaFormat: newFormat, schema } : schema;
}

function toDataPlace(event: EventDoc): string {
  const place = toSchemaPlace(toDataName(event));
  return isNew(event) ? `${place}/schema` : place;
}

/** Whether a schema needs draft 2020-12. Most do not, and tools understand the default format best. */
function isNew({ data }: EventDoc): boolean {
  return hasKey(data, newKeywords);
}

/** Looks at keywords and at names of fields alike. For a field with such a name the format is named needlessly. */
function hasKey(value: unknown, keys: ReadonlySet<string>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => keys.has(key) || hasKey(inner, keys));
}

function toHeadersName(profile: SigningProfile): string {
  return `${toCapitalized(profile)}Headers`;
}

function toHeadersSchema(profile: SigningProfile): JsonObject {
  const headers = profileHeaders[profile];
  return {
    type: 'object',
    description: `The headers of the profile ${profile}.`,
    required: headers.map(({ name }) => name),
    properties: Object.fromEntries(
      headers.map(({ name, description, schema }) => [name, { ...schema, description }]),
    ),
  };
}

function toCapitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
