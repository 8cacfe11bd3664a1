/** An event to send to the local receiver. */
export interface ForwardedEvent {
  readonly id: string;
  readonly appId: string;
  readonly type: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}
