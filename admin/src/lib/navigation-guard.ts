/** A navigation that waits for the operator to confirm that changes are lost. */
type Leave = () => void;

/**
 * Holds back navigation while a form has unsaved changes. Links and calls of `navigate` pass through `run`; for the
 * buttons of the browser, the entry that was left is pushed again, because history cannot be stopped.
 */
export class NavigationGuard {
  readonly #forms = new Set<object>();
  readonly #listeners = new Set<() => void>();
  #pending: Leave | undefined;
  #path = location.pathname;
  #url = location.href;

  /** Registered before the router, so that the router never sees the entry that was left. */
  listen(): void {
    window.addEventListener('popstate', () => this.#onPopState(), { capture: true });
    for (const type of ['pushState', 'replaceState']) {
      window.addEventListener(type, () => this.#remember());
    }
    window.addEventListener('beforeunload', (event) => {
      if (this.#forms.size > 0) event.preventDefault();
    });
  }

  /** Returns a function that ends the block. */
  block(): () => void {
    const form = {};
    this.#forms.add(form);
    return () => {
      this.#forms.delete(form);
    };
  }

  /** Leaves now, or when the operator confirms. Filters of the same page always apply. */
  run(to: string, leave: Leave): void {
    const isSamePage = new URL(to, location.href).pathname === location.pathname;
    if (this.#forms.size === 0 || isSamePage) leave();
    else this.#setPending(leave);
  }

  readonly getPending = (): Leave | undefined => this.#pending;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  confirm(): void {
    const leave = this.#pending;
    this.#forms.clear();
    this.#setPending(undefined);
    leave?.();
  }

  cancel(): void {
    this.#setPending(undefined);
  }

  #onPopState(): void {
    if (this.#forms.size === 0 || location.pathname === this.#path) {
      this.#remember();
      return;
    }
    history.pushState(null, '', this.#url);
    this.#setPending(() => history.back());
  }

  #remember(): void {
    this.#path = location.pathname;
    this.#url = location.href;
  }

  #setPending(leave: Leave | undefined): void {
    this.#pending = leave;
    for (const listener of this.#listeners) listener();
  }
}
