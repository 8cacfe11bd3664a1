/** What one webhook, one account or all accounts hold in memory, reserved places included. */
export class Holding {
  #deliveries = 0;
  #bytes = 0;
  /** What was held when the share was used up. Undefined while there is room. */
  #full: { readonly deliveries: number; readonly bytes: number } | undefined;
  /** Webhooks that await room here. */
  #waiting: Set<string> | undefined;

  get deliveries(): number {
    return this.#deliveries;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#full !== undefined;
  }

  get isUnused(): boolean {
    return this.#deliveries === 0 && !this.isAwaited;
  }

  add(deliveries: number, bytes: number): void {
    this.#deliveries += deliveries;
    this.#bytes += bytes;
  }

  markFull(): void {
    this.#full ??= { deliveries: this.#deliveries, bytes: this.#bytes };
  }

  /** Returns true once after it was full: when half of what it held then has left. */
  takeDrained(): boolean {
    if (this.#full === undefined) return false;
    const { deliveries, bytes } = this.#full;
    if (this.#deliveries > deliveries / 2 || this.#bytes > bytes / 2) return false;
    this.#full = undefined;
    return true;
  }

  /** Whether webhooks await room here. */
  get isAwaited(): boolean {
    return this.#waiting !== undefined && this.#waiting.size > 0;
  }

  awaitRoom(webhookId: string): void {
    this.#waiting ??= new Set();
    this.#waiting.add(webhookId);
  }

  /** Removes and returns at most `count` webhooks that await room, those first that waited longest. */
  takeWaiting(count: number): string[] {
    const taken: string[] = [];
    if (this.#waiting === undefined) return taken;
    for (const webhookId of this.#waiting) {
      if (taken.length >= count) break;
      taken.push(webhookId);
    }
    for (const webhookId of taken) this.#waiting.delete(webhookId);
    return taken;
  }
}
