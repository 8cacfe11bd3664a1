import { readFileSync } from 'node:fs';

/** How long a value is reused. The limit can change while the process runs, for example with `prlimit`. */
const reuseMs = 1_000;

/**
 * Reads how many file descriptors this process may have open. Returns undefined on systems without /proc.
 */
export class DescriptorLimit {
  #limit: number | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  read(): number | undefined {
    const now = performance.now();
    if (now - this.#readAt < reuseMs) return this.#limit;
    this.#readAt = now;
    // Reading needs a descriptor. If none is left, the last value still holds.
    this.#limit = readSoftLimit() ?? this.#limit;
    return this.#limit;
  }
}

function readSoftLimit(): number | undefined {
  try {
    const match = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return match?.[1] === undefined ? undefined : Number(match[1]);
  } catch {
    return undefined;
  }
}
