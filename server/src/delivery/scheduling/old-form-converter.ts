import type { DeliveryQueue } from '../../domain/ports/delivery-queue.ts';
import type { Log } from '../../domain/ports/runtime.ts';

export interface OldFormConverterDeps {
  readonly queue: Pick<DeliveryQueue, 'convertOldForm'>;
  readonly log: Log;
  /** Called when converted work is in the database. */
  readonly onConverted: () => void;
}

/** API processes of an older release are replaced soon after an upgrade, so a slow search is enough. */
const searchEveryMs = 5_000;

/** Documents in one step: few enough to be a short write. */
const stepLimit = 500;

/** Converts the work that API processes of an older release still accept during an upgrade. */
export class OldFormConverter {
  readonly #deps: OldFormConverterDeps;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;

  constructor(deps: OldFormConverterDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#isRunning = true;
    this.#running = this.#convert();
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.#convert());
    }, searchEveryMs).unref();
  }

  /** Resolves after the step under way. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #convert(): Promise<void> {
    const { queue, log, onConverted } = this.#deps;
    let converted = 0;
    try {
      let count = -1;
      while (this.#isRunning && count !== 0) {
        count = await queue.convertOldForm(stepLimit);
        converted += count;
      }
    } catch (error) {
      log.debug({ err: error }, 'work of an older release not converted; retrying');
    }
    if (converted > 0) {
      log.info({ converted }, 'converted work that a process of an older release accepted');
      onConverted();
    }
  }
}
