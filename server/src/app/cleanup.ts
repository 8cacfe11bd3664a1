/** The closers of everything that was opened. Runs them in the reverse order of opening, each once. */
export class Cleanup {
  readonly #closers: (() => Promise<void> | void)[] = [];

  add(closer: () => Promise<void> | void): void {
    this.#closers.push(closer);
  }

  async run(): Promise<void> {
    for (const closer of this.#closers.splice(0).reverse()) await closer();
  }
}
