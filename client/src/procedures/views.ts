import type {
  BuiltInEvents,
  CreatedWebhook as SharedCreatedWebhook,
  DeliveryDetail as SharedDeliveryDetail,
  DeliveryView as SharedDeliveryView,
  EventExplanation as SharedEventExplanation,
  EventTypeView as SharedEventTypeView,
  EventView as SharedEventView,
  RotatedWebhook as SharedRotatedWebhook,
  SuggestedName,
  UpdatedWebhook as SharedUpdatedWebhook,
  WebhookView as SharedWebhookView,
} from '@tocsin/shared';

/*
 * The views of the server with the names of a map of events as suggestions. The names stay texts, because a
 * newer server, or another team, has more of them.
 */

/** A stored event. */
export interface EventView<E = BuiltInEvents> extends Omit<SharedEventView, 'event'> {
  /** Type of the event. */
  event: SuggestedName<E>;
}

/** An event type of the server's catalog. */
export interface EventTypeView<E = BuiltInEvents> extends Omit<SharedEventTypeView, 'type'> {
  type: SuggestedName<E>;
}

/** An event and what happened to it at each webhook of its app. */
export interface EventExplanation<E = BuiltInEvents> extends Omit<SharedEventExplanation, 'event'> {
  event: EventView<E>;
}

/** A delivery: one event sent to one webhook. */
export interface DeliveryView<E = BuiltInEvents> extends Omit<SharedDeliveryView, 'event'> {
  /** Type of the event. */
  event: SuggestedName<E>;
}

/** A delivery with its last 50 attempts, oldest first. */
export interface DeliveryDetail<E = BuiltInEvents> extends Omit<SharedDeliveryDetail, 'event'> {
  /** Type of the event. */
  event: SuggestedName<E>;
}

interface WebhookEvents<E> {
  /** Event types and patterns that are delivered. */
  events: SuggestedName<E>[];
}

/** A webhook, without its secret. */
export interface WebhookView<E = BuiltInEvents> extends Omit<SharedWebhookView, 'events'>, WebhookEvents<E> {}

/** Result of `webhooks.create`, with the secret. */
export interface CreatedWebhook<E = BuiltInEvents>
  extends Omit<SharedCreatedWebhook, 'events'>, WebhookEvents<E> {}

/** Result of `webhooks.update`. Has a secret only if the update generated one. */
export interface UpdatedWebhook<E = BuiltInEvents>
  extends Omit<SharedUpdatedWebhook, 'events'>, WebhookEvents<E> {}

/** Result of `webhooks.rotateSecret`, with the new secret. */
export interface RotatedWebhook<E = BuiltInEvents>
  extends Omit<SharedRotatedWebhook, 'events'>, WebhookEvents<E> {}
