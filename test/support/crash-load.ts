import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { loginData } from './publishing.ts';
import { testRootToken } from './server-process.ts';

/** Between two events of a publisher that is relaxed. */
const pauseMs = 60;

/**
 * Publishers that retry every event with its idempotency key until it is accepted. An accepted event must
 * never be lost.
 */
export class CrashLoad {
  /** Ids of events that were accepted. */
  readonly accepted = new Set<string>();
  #url: string | undefined;
  #isStopped = false;
  #isRelaxed = false;
  readonly #running: Promise<void>[];

  constructor(publishers: number, appId: string) {
    this.#running = Array.from({ length: publishers }, () => this.#publish(appId));
  }

  /** Undefined while the server is down; publishers wait. */
  aimAt(url: string | undefined): void {
    this.#url = url;
  }

  /**
   * Publishes with pauses: while a test waits for a lease or an election, a load without pauses would only keep every
   * core busy.
   */
  relax(): void {
    this.#isRelaxed = true;
  }

  /** Publishes without pauses, as at the start: many calls are in flight when something is killed. */
  hurry(): void {
    this.#isRelaxed = false;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  async #publish(appId: string): Promise<void> {
    while (!this.#isStopped) {
      const body = JSON.stringify({ event: 'user.login', data: loginData, idempotencyKey: randomUUID() });
      while (!(await this.#accepted(appId, body))) await wait(20);
      if (this.#isRelaxed) await wait(pauseMs);
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
