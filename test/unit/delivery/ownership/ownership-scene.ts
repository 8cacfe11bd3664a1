import type { OwnershipListener } from '../../../../server/src/delivery/ownership/ownership-listener.ts';
import { Ownership } from '../../../../server/src/delivery/ownership/ownership.ts';
import type {
  OwnershipView,
  PartitionRecord,
  PartitionStore,
  ProcessStore,
} from '../../../../server/src/domain/ports/ownership.ts';
import { aProcess, aProcessRecord } from '../../../support/builders.ts';

/** A call of a store that waits for the test to answer it. */
interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
  answer(value?: unknown): Promise<void>;
  fail(): Promise<void>;
}

export const heartbeatMs = 2_500;
export const leaseMs = 10_000;

export const settle = async () => await new Promise<void>((resolve) => setImmediate(resolve));

/** A process with instance `one` on stores whose calls all wait. */
export class OwnershipScene {
  now = 0;
  timers: { readonly at: number; readonly run: () => void }[] = [];
  readonly calls: Call[] = [];
  events: string[] = [];
  readonly logged: { readonly fields: object; readonly message: string }[] = [];
  notifications = 0;
  /** Ends the release under way. */
  released: (partitions: readonly number[]) => void = () => undefined;
  /** Makes the release under way fail. */
  failRelease: () => void = () => undefined;
  readonly ownership: Ownership;
  #ids = 0;

  /** @param isAlive says which processes of the same PID namespace run */
  constructor(isAlive: (pid: number, pidStart: string | null) => boolean = () => true) {
    const log = (fields: object, message: string) => void this.logged.push({ fields, message });
    this.ownership = new Ownership(
      {
        processes: this.#createStore(),
        partitions: this.#createStore(),
        clock: {
          monotonicNow: () => this.now,
          wallNow: () => this.now,
          after: (ms, run) => {
            const timer = { at: this.now + ms, run };
            this.timers.push(timer);
            return () => void (this.timers = this.timers.filter((one) => one !== timer));
          },
        },
        log: { debug: log, info: log, warn: log, error: log },
        createId: () => `p${this.#ids++}`,
        isAlive,
        notify: () => void this.notifications++,
      },
      { self: aProcess({ instance: 'one' }), leaseMs, heartbeatMs },
    );
  }

  readonly #listener: OwnershipListener = {
    onAcquired: (partitions) => void this.events.push(`acquired ${partitions.join()}`),
    release: async (partitions, { isFinal }) => {
      this.events.push(`release ${partitions.join()}${isFinal ? ' at last' : ''}`);
      return await new Promise((resolve, reject) => {
        this.released = resolve;
        this.failRelease = () => reject(new Error('planned'));
      });
    },
    onRenewed: () => void this.events.push('renewed'),
    onLost: () => void this.events.push(`lost, ${this.ownership.canSend ? 'can' : 'cannot'} send`),
  };

  #createStore(): ProcessStore & PartitionStore {
    // `as`: each method of the stores is a function that returns a promise.
    return new Proxy({} as ProcessStore & PartitionStore, {
      get:
        (_, name) =>
        async (...args: unknown[]) =>
          await new Promise((resolve, reject) => {
            const finish = async (run: () => void) => {
              this.calls.splice(this.calls.indexOf(call), 1);
              run();
              await settle();
            };
            const call: Call = {
              name: String(name),
              args,
              answer: async (value) => await finish(() => resolve(value)),
              fail: async () => await finish(() => reject(new Error('planned'))),
            };
            this.calls.push(call);
          }),
    });
  }

  async pass(ms: number): Promise<void> {
    this.now += ms;
    const due = this.timers.filter(({ at }) => at <= this.now);
    this.timers = this.timers.filter(({ at }) => at > this.now);
    for (const { run } of due) run();
    await settle();
  }

  /** The oldest waiting call with a name. */
  pending(name: string): Call {
    const call = this.calls.find((one) => one.name === name);
    if (call === undefined) throw new Error(`${name} was not called, but ${this.names().join()}`);
    return call;
  }

  names(): string[] {
    return this.calls.map(({ name }) => name);
  }

  /** A view with the live processes `p0` and `other`. */
  viewOf(owners: readonly (string | null)[], change: Partial<PartitionRecord> = {}): OwnershipView {
    return {
      now: this.now,
      processes: ['p0', 'other'].map((id) => aProcessRecord({ id })),
      partitions: owners.map((owner, partition) => ({
        partition,
        owner,
        epoch: owner === null ? 0 : 1,
        wanted: null,
        ...change,
      })),
    };
  }

  /** Starts the process, which reads this view. */
  async read(view: OwnershipView): Promise<void> {
    void this.ownership.start(this.#listener);
    await settle();
    await this.pending('register').answer();
    await this.pending('read').answer(view);
  }

  /** Starts the process with two partitions. */
  async start(): Promise<void> {
    await this.read(this.viewOf([null, null, 'other', 'other']));
    await this.pending('take').answer([0, 1]);
    if (this.ownership.owned.join() !== '0,1') throw new Error('the process does not own what it took');
    this.events = [];
  }

  /** Lets a heartbeat succeed, and answers the read that follows it. */
  async beat(view: OwnershipView): Promise<void> {
    await this.pass(heartbeatMs);
    await this.pending('heartbeat').answer(true);
    await this.pending('read').answer(view);
  }

  /** Lets a heartbeat find out that the process was fenced, and registers it again. */
  async loseLease(): Promise<void> {
    await this.pass(heartbeatMs);
    await this.pending('heartbeat').answer(false);
    await this.pending('register').answer();
    if (this.ownership.processId !== 'p1') throw new Error('the process has no new id');
  }
}
