/** What an event of a subscription has beside its type and its data. */
export interface StreamFields {
  readonly id: string;
  readonly appId: string;
  /** The event's position. Store that of the last processed event and pass it as `after` to resume. */
  readonly cursor: string;
}
