import { cpuSeconds, memoryMb } from './cpu.ts';
import { Others } from './others.ts';
import type { Row } from './row.ts';
import type { Stage } from './stage.ts';

export type Used = Required<Pick<Row, 'serverCpu' | 'mongodCpu' | 'rssPeakMb' | 'othersPercent'>>;

/** What the server and mongod, and everybody else, took of the machine between `start` and `end`. */
export class Usage {
  readonly #stage: Stage;
  readonly #others: Others;
  readonly #before: { readonly server: number; readonly mongod: number };

  private constructor(stage: Stage, others: Others, before: { server: number; mongod: number }) {
    this.#stage = stage;
    this.#others = others;
    this.#before = before;
  }

  /** `alsoOwn`: processes of the bench beside the stage's; they must live until `end`. */
  static async start(stage: Stage, alsoOwn: readonly number[] = []): Promise<Usage> {
    const own = [stage.server.child.pid, stage.mongod.pid, stage.sink.pid, stage.publisher.pid, ...alsoOwn];
    return new Usage(stage, await Others.watch(own), await read(stage));
  }

  /** `deliveries` is what the CPU time was spent on. */
  async end(deliveries: number): Promise<Used> {
    const after = await read(this.#stage);
    return {
      serverCpu: ((after.server - this.#before.server) * 1000) / deliveries,
      mongodCpu: ((after.mongod - this.#before.mongod) * 1000) / deliveries,
      rssPeakMb: (await memoryMb(this.#stage.server.child.pid)).peak,
      othersPercent: await this.#others.percent(),
    };
  }
}

async function read({ server, mongod }: Stage): Promise<{ server: number; mongod: number }> {
  const [ofServer, ofMongod] = await Promise.all([cpuSeconds(server.child.pid), cpuSeconds(mongod.pid)]);
  return { server: ofServer, mongod: ofMongod };
}
