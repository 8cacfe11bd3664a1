/** A whole response of a fake receiver. */
export interface TestResponse {
  /** 200 to 599. @default 200 */
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Tocsin keeps the first 2 KiB. @default '' */
  readonly body?: string | undefined;
}

/** How a fake receiver answers one request: a status, or a whole response. */
export type TestAnswer = number | TestResponse;

/** A handler of the service under test, such as the result of `fetchReceiver`, or `app.fetch` of Hono. */
export type TestHandler = (request: Request) => Response | Promise<Response>;
