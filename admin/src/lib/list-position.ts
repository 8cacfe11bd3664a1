/** How the cursor of each paged list looks. Any other text is no position of the list. */
const cursors = {
  deliveries: /^dlv_[\da-z]+$/,
  events: /^evt_[\da-z]+$/,
  auditLog: /^aud_[\da-z]+$/,
  alertHistory: /^alm_[\da-z]+$/,
  alertRules: /^alr_[\da-f]+$/,
  alertChannels: /^ach_[\da-f]+$/,
  /** The name of an event type. */
  eventTypes: /^(?=.{1,100}$)[\da-z][\da-z_-]*(?:\.[\da-z][\da-z_-]*)*$/,
  incidents: /^\d{15}_inc_\w+$/,
  unhealthyWebhooks: /^\d{12}_wh_[\da-z]+$/,
} as const satisfies Record<string, RegExp>;

export interface ListPosition {
  /** Undefined: the first page. */
  readonly cursor: string | undefined;
  /** Whether the address has a position that the list does not know, so that the first page is shown instead. */
  readonly isGone: boolean;
}

/** Reads the position of a list from the address. */
export function toListPosition(list: keyof typeof cursors, given: string | undefined): ListPosition {
  if (given === undefined || cursors[list].test(given)) return { cursor: given, isGone: false };
  return { cursor: undefined, isGone: true };
}
