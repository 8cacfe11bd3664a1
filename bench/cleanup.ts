/** What has to be undone, in reverse order. Node 20 lacks the standard's AsyncDisposableStack. */
export class Cleanup implements AsyncDisposable {
  #steps: (() => unknown)[] = [];

  defer(step: () => unknown): void {
    this.#steps.push(step);
  }

  use<TResource extends AsyncDisposable>(resource: TResource): TResource {
    this.defer(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  /** Hands the steps over to another owner. */
  move(): Cleanup {
    const moved = new Cleanup();
    moved.#steps = this.#steps;
    this.#steps = [];
    return moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}
