import type { WebhookEvent } from '@tocsin/client/receiver';

/** A profile with its kind of signature. Each has a path of its own. */
export const hookProfiles = {
  '/standard': { profile: 'standard', signing: 'hmac' },
  '/ed25519': { profile: 'standard', signing: 'ed25519' },
  '/authforge': { profile: 'authforge', signing: 'hmac' },
  '/authon': { profile: 'authon', signing: 'hmac' },
} as const;

export type HookPath = keyof typeof hookProfiles;

// `as`: the keys of the constant.
export const hookPaths = Object.keys(hookProfiles) as readonly HookPath[];

/** The endpoints of one HTTP server: their secrets and what they received. */
export class HookInbox {
  readonly #secrets = new Map<string, string>();
  readonly #received = new Map<string, WebhookEvent>();

  setSecret(path: HookPath, secret: string): void {
    this.#secrets.set(path, secret);
  }

  /** Returns null, to which the receiver responds with an error, until the webhook is created. */
  findSecret(path: HookPath): string | null {
    return this.#secrets.get(path) ?? null;
  }

  record(path: HookPath, event: WebhookEvent): void {
    this.#received.set(path, event);
  }

  /**
   * Waits for an event. Polls, because workerd has one context for each request: a promise that another request
   * resolves could wait for a context that is gone.
   */
  async waitFor(path: HookPath): Promise<WebhookEvent> {
    for (;;) {
      const event = this.#received.get(path);
      if (event !== undefined) return event;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** An HTTP server of the runtime. */
export interface HookServer {
  readonly name: 'fetch' | 'node';
  readonly origin: string;
  readonly inbox: HookInbox;
}
