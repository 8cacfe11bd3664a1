/**
 * The header that marks a delivery of any Tocsin installation. The API refuses every request with it that could
 * change something, so a webhook that points to an installation, under whichever name, cannot publish what it
 * receives (loop detection).
 *
 * Messages to chat services do not carry it. They carry no credential either, so the API refuses them anyway.
 */
export const deliveryMarkerHeader = 'x-tocsin-delivery';

/** The header that marks the example of an event type, which was sent to one webhook on purpose. */
export const sampleHeader = 'x-tocsin-sample';

/**
 * The value names the installation that sends, for its operator, and how many installations the event has
 * passed. Every installation refuses the deliveries of all others, so that number is always 1.
 *
 * @example 'ins_4be1c0a9d2f35e77; depth=1'
 */
export function toDeliveryMarker(installationId: string): string {
  return `${installationId}; depth=1`;
}
