/**
 * Webhook receiver: verifies requests and returns typed events. Runs on every runtime with WebCrypto.
 *
 * @module
 */
export type {
  AnyCatalog,
  AnyEventType,
  BuiltInEvents,
  Catalog,
  EventPayload,
  EventSelector,
  EventsOf,
  ReceivedBuiltInEvents,
  Sides,
  SigningProfile,
} from '@tocsin/shared';
export type { CatalogFor } from '../catalog-option.ts';
export { expressReceiver, nodeReceiver } from './adapters/node.ts';
export type { ExpressHandler, NodeRequest, NodeResponse } from './adapters/node.ts';
export { fastifyReceiver } from './adapters/fastify.ts';
export type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from './adapters/fastify.ts';
export { fetchReceiver } from './adapters/fetch.ts';
export type { FetchArguments, StreamingRequest } from './adapters/fetch.ts';
export { honoReceiver } from './adapters/hono.ts';
export type { HonoContext } from './adapters/hono.ts';
export { lambdaReceiver } from './adapters/lambda.ts';
export type { LambdaArguments, LambdaEvent, LambdaResult } from './adapters/lambda.ts';
export { nextReceiver } from './adapters/next.ts';
export type { NodeStream } from './adapters/node-stream.ts';
export type { ReceiverAdapter, ReceiverOptions, WebhookHandler } from './adapters/receive.ts';
export { explainFailure } from './doctor/explain-failure.ts';
export type { Explanation, FindingCode } from './doctor/finding.ts';
export type { ExplainOptions } from './doctor/explain-failure.ts';
export type {
  KnownEvent,
  ReceivedEvent,
  UnknownEvent,
  UnparsedEvent,
  UnparsedWebhookEvent,
  WebhookEvent,
} from './event.ts';
export type {
  BuiltInTypes,
  CatalogOption,
  ListedTypes,
  SecretFunction,
  SecretResult,
  TypesOption,
  UnknownShape,
  VerifyOptions,
  VerifySettings,
} from './options.ts';
export { parseEvent } from './parse-event.ts';
export type { ParseOptions } from './parse-event.ts';
export type { FetchRequest, RawRequest, WebhookHeaders, WebhookRequest } from './request.ts';
export { isWebhookVerificationError, WebhookVerificationError } from './verification-error.ts';
export type { VerificationErrorCode } from './verification-error.ts';
export { verifyRaw } from './verify-raw.ts';
export type { RawEvent } from './verify-raw.ts';
export { safeVerify, verify } from './verify.ts';
export type { VerifyResult } from './verify.ts';
