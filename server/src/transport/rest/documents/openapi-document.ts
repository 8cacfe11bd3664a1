import { isObject, type JsonObject } from './json-object.ts';
import { isPublishPath } from './openapi-events.ts';
import { mapOperations, mapValues, withNamedBodies } from './named-schemas.ts';
import {
  operationDescriptions,
  parameterDescriptions,
  responseDescriptions,
} from './operation-descriptions.ts';
import { operationExamples } from './operation-examples.ts';

/** Completes the document of the routes: names, descriptions, examples and media types of errors. */
export function toOpenApi(document: JsonObject): JsonObject {
  const described = { ...document, paths: mapOperations(document, describe) };
  return withNamedBodies(described);
}

function describe(operation: JsonObject, path: string): JsonObject {
  const id = String(operation['operationId']);
  const description = operationDescriptions[id];
  const { request, response } = operationExamples[id] ?? {};
  const isProblemPath = path.startsWith('/api/');
  return {
    ...operation,
    ...(description === undefined ? {} : { description }),
    ...toParameters(operation['parameters']),
    requestBody: isPublishPath(path) ? undefined : toRequestBody(operation['requestBody'], request),
    responses: mapValues(operation['responses'], (body, status) => {
      if (!isObject(body)) return body;
      const isError = !status.startsWith('2');
      const content = isError && isProblemPath ? toProblemContent(body['content']) : body['content'];
      return {
        description: responseDescriptions[status] ?? body['description'],
        ...(isError ? {} : toHeaders(operation, status)),
        ...(content === undefined ? {} : { content: isError ? content : withExample(content, response) }),
      };
    }),
  };
}

function toParameters(parameters: unknown): JsonObject {
  if (!Array.isArray(parameters)) return {};
  return {
    parameters: parameters.map((parameter: unknown) => {
      if (!isObject(parameter)) return parameter;
      const description = parameter['description'] ?? parameterDescriptions[String(parameter['name'])];
      return description === undefined ? parameter : { ...parameter, description };
    }),
  };
}

function toRequestBody(body: unknown, example: unknown): JsonObject | undefined {
  return isObject(body) ? { ...body, content: withExample(body['content'], example) } : undefined;
}

function withExample(content: unknown, example: unknown): unknown {
  if (example === undefined) return content;
  return mapValues(content, (media) => (isObject(media) ? { ...media, example } : media));
}

function toProblemContent(content: unknown): unknown {
  const media = isObject(content) ? content['application/json'] : undefined;
  return media === undefined ? content : { 'application/problem+json': media };
}

/** Objects with a revision have it as their ETag. */
function toHeaders(operation: JsonObject, status: string): JsonObject {
  const hasRevision =
    Array.isArray(operation['parameters']) && JSON.stringify(operation['parameters']).includes('If-Match');
  if (!hasRevision || status !== '200') return {};
  return { headers: { ETag: { description: 'The revision of the webhook.', schema: { type: 'string' } } } };
}
