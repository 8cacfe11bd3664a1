/** How the cursor of each paged list looks. Any other text sorts before or after all entries. */
const cursors = {
  deliveries: /^dlv_[\da-z]+$/,
  events: /^evt_[\da-z]+$/,
  auditLog: /^aud_[\da-z]+$/,
  alertHistory: /^alm_[\da-z]+$/,
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
