import { randomUUID } from 'node:crypto';
import { loginData } from './publishing.ts';
import { testRootToken } from './server-process.ts';

/**
 * Publishers that retry every event with its idempotency key until it is accepted. An accepted event must
 * never be lost.
 */
export class CrashLoad {
  /** Ids of events that were accepted. */
  readonly accepted = new Set<string>();
  #url: string | undefined;
  #isStopped = false;
  readonly #running: Promise<void>[];

  constructor(publishers: number, appId: string) {
    this.#running = Array.from({ length: publishers }, () => this.#publish(appId));
  }

  /** Undefined while the server is down; publishers wait. */
  aimAt(url: string | undefined): void {
    this.#url = url;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  async #publish(appId: string): Promise<void> {
    while (!this.#isStopped) {
      const body = JSON.stringify({ event: 'user.login', data: loginData, idempotencyKey: randomUUID() });
      while (!(await this.#accepted(appId, body))) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #accepted(appId: string, body: string): Promise<boolean> {
    if (this.#url === undefined) return this.#isStopped;
    try {
      const response = await fetch(`${this.#url}/v1/apps/${appId}/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${testRootToken}` },
        body,
        signal: AbortSignal.timeout(8_000),
      });
      const answer = (await response.json()) as { eventId?: string };
      if (response.status !== 202 || answer.eventId === undefined) return false;
      this.accepted.add(answer.eventId);
      return true;
    } catch {
      return false;
    }
  }
}
