/**
 * The server's router as a type, and a link for `@trpc/client`. Needs `@trpc/client` and `@trpc/server`.
 *
 * @module
 */
export type {
  AppRouter,
  NewEvent,
  NewSubscription,
  PublishManyResult,
  SubscribedEvent,
  SubscriptionItem,
  TocsinErrorData,
  TrpcErrorData,
  TrpcErrorShape,
} from './trpc/app-router.ts';
export { tocsinLink } from './trpc/tocsin-link.ts';
export type { TocsinLink, TocsinLinkOptions } from './trpc/tocsin-link.ts';
