import { HeldDeliveries } from '../../../../server/src/delivery/scheduling/held-deliveries.ts';
import { ReservedEvents } from '../../../../server/src/delivery/scheduling/reserved-events.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import { encodeTime } from '../../../../server/src/domain/ids.ts';
import type { WorkNotice } from '../../../../server/src/domain/ports/notifications.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { aWebhook, anEvent } from '../../../support/builders.ts';
import { webhookIn } from '../../../support/webhook-in.ts';
import { SimulatedStore } from '../ownership/simulation/simulated-store.ts';
import { SimulatedDatabase, type DeliveryDoc } from './database.ts';
import type { Defect } from './defect.ts';
import { Invariants } from './invariants.ts';
import { SimulatedServer, startAt } from './simulated-server.ts';
import { World } from './world.ts';

export interface Incident {
  readonly afterMs: number;
  readonly kind: IncidentKind;
  /** Which process or webhook it concerns. */
  readonly target: number;
  readonly forMs: number;
}

export type IncidentKind =
  | 'publish'
  | 'hold'
  | 'kill'
  | 'restart'
  | 'pause'
  | 'cut'
  | 'clock'
  | 'stop'
  | 'join'
  | 'failover'
  | 'retry'
  | 'cancel'
  | 'disable'
  | 'enable';

export interface Scenario {
  readonly seed: number;
  readonly processes: number;
  readonly incidents: readonly Incident[];
  readonly faultRate: number;
  /** Deliveries that fit into the memory of a process. */
  readonly maxInMemory: number;
  /** Share of notifications that are lost. */
  readonly lossRate: number;
  /** Share of requests that fail. */
  readonly failureRate: number;
}

const partitionCount = 4;
const hosts = ['one', 'two'];
const webhookIds = Array.from({ length: 6 }, (_, index) =>
  webhookIn(index % partitionCount, Math.floor(index / partitionCount)),
);
const maxClockStepMs = 6_000;
/** For the last calls under way, a lease and its fence, and the retries of what failed. */
const maxQuietMs = 180_000;

/** Runs a scenario. Throws if it breaks an invariant. */
export async function simulate(scenario: Scenario, defect?: Defect): Promise<void> {
  const restore = leaveOut(defect);
  const world = new World(scenario.seed);
  try {
    await world.use(async () => await new Simulation(world, scenario, defect).run());
  } finally {
    restore();
  }
}

/** Takes a part out of the real code. Returns a function that puts it back. */
function leaveOut(defect: Defect | undefined): () => void {
  if (defect === 'takes-what-left') {
    return replace(HeldDeliveries.prototype, 'watch', async (read) => await read(() => false));
  }
  if (defect === 'sweeps-reserved') return replace(ReservedEvents.prototype, 'has', () => false);
  return () => undefined;
}

function replace<T extends object, K extends keyof T>(prototype: T, name: K, replacement: T[K]): () => void {
  const original = prototype[name];
  prototype[name] = replacement;
  return () => {
    prototype[name] = original;
  };
}

class Simulation {
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #database: SimulatedDatabase;
  readonly #owners: SimulatedStore;
  readonly #servers: SimulatedServer[] = [];
  readonly #webhooks = new Map<string, Webhook>();
  readonly #invariants: Invariants;
  readonly #defect: Defect | undefined;
  readonly #published: AcceptedEvent[] = [];
  #isFaulty = true;
  #ids = 0;

  constructor(world: World, scenario: Scenario, defect: Defect | undefined) {
    this.#world = world;
    this.#scenario = scenario;
    this.#defect = defect;
    this.#invariants = new Invariants(this.#servers, partitionCount);
    this.#database = new SimulatedDatabase(world, scenario.faultRate, this.#invariants);
    this.#owners = new SimulatedStore(world.timeline, world.random, {
      partitionCount,
      defect: defect === 'takes-without-fence' ? defect : undefined,
      faultRate: scenario.faultRate,
    });
    this.#invariants.observe(this.#database, this.#owners);
    for (const id of webhookIds) this.#webhooks.set(id, aWebhook({ id, accountId: `acc_${id.length % 2}` }));
  }

  async run(): Promise<void> {
    for (let index = 0; index < this.#scenario.processes; index++) this.#start(pickHost(index));
    await this.#pass(500);
    for (const incident of this.#scenario.incidents) {
      await this.#pass(incident.afterMs);
      this.#cause(incident);
    }
    await this.#pass(5_000);
    this.#endFaults();
    for (let passed = 0; !this.#isQuiet(); passed += 2_000) {
      if (passed > maxQuietMs) break;
      await this.#pass(2_000);
    }
    this.#invariants.checkEnd(startAt + this.#world.now);
    if (process.env['SIMULATION_LOG'] === '1')
      process.stdout.write(`${JSON.stringify({ ms: this.#world.now, ...this.#invariants.counts })}\n`);
  }

  async #pass(ms: number): Promise<void> {
    await this.#world.timeline.runUntil(this.#world.now + ms, () => this.#invariants.check());
  }

  /** From now on, everything works. */
  #endFaults(): void {
    this.#isFaulty = false;
    this.#database.isFaulty = false;
    this.#owners.isFaulty = false;
    for (const server of this.#servers) server.cut(0);
    for (const id of webhookIds) this.#setEnabled(id, true);
    this.#start('one');
  }

  #isQuiet(): boolean {
    return (
      this.#servers.every(({ state }) => state === 'running' || state === 'gone') &&
      this.#invariants.isQuiet()
    );
  }

  #start(host: string): void {
    const { timeline } = this.#world;
    const deps = {
      world: this.#world,
      database: this.#database,
      owners: this.#owners,
      webhooks: this.#webhooks,
      defect: this.#defect,
      getFailureRate: () => (this.#isFaulty ? this.#scenario.failureRate : 0),
      createId: () => `p${this.#ids++}`,
      isAlive: (other: string, pid: number) =>
        this.#servers.some((server) => server.host === other && server.pid === pid && server.isRunning),
      notifyWork: (notice: WorkNotice) => this.#notify((server) => server.engine.onWork(notice)),
      notifyOwners: () => this.#notify((server) => server.ownership.refresh()),
      onDial: this.#invariants.onDial,
      onWritten: this.#invariants.onWritten,
      onAccepted: this.#invariants.onAccepted,
    };
    const pid = this.#servers.length + 1;
    timeline.after(0, () => {
      this.#servers.push(new SimulatedServer(deps, { host, pid, maxInMemory: this.#scenario.maxInMemory }));
    });
  }

  #notify(act: (server: SimulatedServer) => void): void {
    const { random } = this.#world;
    for (const server of this.#servers) {
      if (random.chance(this.#scenario.lossRate)) continue;
      this.#world.after(random.below(20), () => server.run(() => act(server)));
    }
  }

  #cause({ kind, target, forMs }: Incident): void {
    const running = this.#servers.filter(({ state }) => state === 'running');
    const server = running[target % running.length];
    const webhookId = webhookIds[target % webhookIds.length] ?? '';
    if (kind === 'join') this.#start(pickHost(target));
    else if (kind === 'failover') this.#failOver(forMs);
    else if (kind === 'disable' || kind === 'enable') this.#setEnabled(webhookId, kind === 'enable');
    else if (server !== undefined) this.#causeIn(server, kind, target, forMs);
    else this.#start(pickHost(target));
  }

  #causeIn(
    server: SimulatedServer,
    kind: Exclude<IncidentKind, 'join' | 'failover' | 'disable' | 'enable'>,
    target: number,
    forMs: number,
  ): void {
    if (kind === 'hold') this.#database.holdNextInsert();
    if (kind === 'publish' || kind === 'hold') server.publish(this.#createEvents(server, target));
    else if (kind === 'cut') server.cut(forMs);
    else if (kind === 'clock') server.stepClock((target % 2 === 0 ? 1 : -1) * (forMs % maxClockStepMs));
    else if (kind === 'cancel') this.#cancel(server, target);
    else if (kind === 'retry') this.#retry(server, target);
    else {
      this.#invariants.onInterrupted(server);
      if (kind === 'pause') server.pause(forMs);
      else if (kind === 'stop') server.stop();
      else server.kill();
      if (kind === 'restart') this.#start(server.host);
    }
  }

  /** Changes stay on the primary for a while before another one takes over. */
  #failOver(forMs: number): void {
    this.#database.stall(forMs);
    this.#world.after(this.#world.random.below(forMs), () =>
      this.#database.failOver(this.#world.random.below(3_000)),
    );
  }

  #setEnabled(id: string, enabled: boolean): void {
    const webhook = this.#webhooks.get(id);
    if (webhook === undefined) return;
    this.#webhooks.set(id, { ...webhook, enabled });
    const change = { collection: 'webhooks', id, appId: webhook.appId } as const;
    this.#notify((server) => server.engine.onConfigChange(change));
  }

  /** A user sends a delivery again. */
  #retry(server: SimulatedServer, target: number): void {
    const doc = this.#findDelivery(target);
    if (doc === undefined) return;
    server.run(() => {
      server.queue.retryNow(doc.id, server.now()).then(
        (revision) => {
          if (revision !== undefined) this.#invariants.onRetried(doc.id, revision);
          server.engine.notifyDue(doc.webhookId);
        },
        () => undefined,
      );
    });
  }

  /** A user cancels the waiting deliveries of a webhook. */
  #cancel(server: SimulatedServer, target: number): void {
    const doc = this.#findDelivery(target);
    if (doc === undefined) return;
    server.run(() => void server.queue.cancelPending(doc.webhookId).catch(() => undefined));
  }

  /** One that waits or is in flight, if there is one. */
  #findDelivery(target: number): DeliveryDoc | undefined {
    const all = [...this.#database.deliveries.current.values()];
    const inFlight = all.filter(({ id }) =>
      this.#servers.some((server) => server.isRunning && server.open.has(id)),
    );
    const pending = all.filter(({ status }) => status === 'pending');
    const candidates = [inFlight, pending, all].find((some) => some.length > 0) ?? [];
    return candidates[target % candidates.length];
  }

  /** One to four events. Some repeat an earlier one with its key. */
  #createEvents(server: SimulatedServer, target: number): AcceptedEvent[] {
    const { random } = this.#world;
    return Array.from({ length: 1 + (target % 4) }, () => {
      const acceptedAt = server.now();
      const stem = `${encodeTime(acceptedAt)}${String(this.#ids++).padStart(14, '0')}`;
      const earlier = this.#published[Math.floor(random.below(this.#published.length))];
      const idempotencyKey =
        earlier !== undefined && random.chance(0.1)
          ? earlier.idempotencyKey
          : random.chance(0.5)
            ? stem
            : undefined;
      const targets = webhookIds.filter(() => random.chance(0.35));
      const event = anEvent({ id: `evt_${stem}00`, acceptedAt, idempotencyKey, targets, dataText: '{}' });
      this.#published.push(event);
      return event;
    });
  }
}

function pickHost(index: number): string {
  return hosts[index % hosts.length] ?? 'one';
}
