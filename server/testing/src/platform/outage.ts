/** How calls fail during an outage. */
export type OutageKind = 'unreachable' | 'unavailable';

/** A time during which calls of Tocsin fail. `using` ends it, too. */
export interface Outage extends Disposable {
  /** Lets calls through again. */
  end(): void;
}

/** Fails calls while at least one outage lasts. The one that started last decides how. */
export class Outages {
  readonly #open: { readonly kind: OutageKind }[] = [];

  start(kind: OutageKind): Outage {
    if (kind !== 'unreachable' && kind !== 'unavailable') {
      throw new TypeError(`kind must be unreachable or unavailable, not ${JSON.stringify(kind)}`);
    }
    const outage = { kind };
    this.#open.push(outage);
    const end = (): void => {
      const index = this.#open.indexOf(outage);
      if (index >= 0) this.#open.splice(index, 1);
    };
    return { end, [Symbol.dispose]: end };
  }

  /**
   * Returns the response of a proxy whose server is down, or undefined without an outage.
   *
   * @throws TypeError as `fetch` does if the server cannot be reached
   */
  findResponse(): Response | undefined {
    switch (this.#open.at(-1)?.kind) {
      case undefined:
        return undefined;
      case 'unreachable':
        throw new TypeError('fetch failed', {
          cause: new Error('connect ECONNREFUSED: an outage of the test'),
        });
      case 'unavailable':
        return new Response('Service Unavailable', { status: 503 });
    }
  }
}
