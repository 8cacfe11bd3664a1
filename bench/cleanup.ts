/** Runs cleanup steps in reverse order. Node 20 lacks AsyncDisposableStack. */
export class Cleanup implements AsyncDisposable {
  #steps: (() => unknown)[] = [];

  defer(step: () => unknown): void {
    this.#steps.push(step);
  }

  use<TResource extends AsyncDisposable>(resource: TResource): TResource {
    this.defer(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  /** Moves the steps to a new owner. */
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
