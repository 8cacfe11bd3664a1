/** Selects a page of a list. */
export interface PageInput {
  /**
   * The `nextCursor` of the previous page.
   * @default the first page
   */
  readonly cursor?: string | undefined;
  /**
   * Page size, 1 to 200.
   * @default 50; all webhooks of the app in `webhooks.list`
   */
  readonly limit?: number | undefined;
}
