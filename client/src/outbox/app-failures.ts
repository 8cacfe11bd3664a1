import { Backoff } from './backoff.ts';

/** How often, and since when, the events of each app failed. Only apps that failed are kept. */
export class AppFailures {
  readonly #apps = new Map<string, { readonly backoff: Backoff; doubtSince: number | undefined }>();
  readonly #giveUpAfterMs: number;

  constructor(giveUpAfterMs: number) {
    this.#giveUpAfterMs = giveUpAfterMs;
  }

  /** Records a failure. Returns the delay until the next attempt, in ms. */
  add(appId: string, isDoubt: boolean, askedMs: number | undefined): number {
    let app = this.#apps.get(appId);
    if (app === undefined) this.#apps.set(appId, (app = { backoff: new Backoff(), doubtSince: undefined }));
    if (isDoubt) app.doubtSince ??= performance.now();
    return app.backoff.nextMs(askedMs);
  }

  /** Whether events of the app have been in doubt for so long that they are set aside. */
  isGivenUp(appId: string): boolean {
    const since = this.#apps.get(appId)?.doubtSince;
    return since !== undefined && performance.now() - since >= this.#giveUpAfterMs;
  }

  /** Records a success. */
  delete(appId: string): void {
    this.#apps.delete(appId);
  }
}
