import { cpuSeconds, memoryMb } from './cpu.ts';
import { OtherLoad } from './other-load.ts';
import type { Row } from './row.ts';
import type { Testbed } from './testbed.ts';

export type Used = Required<Pick<Row, 'serverCpu' | 'mongodCpu' | 'rssPeakMb' | 'othersPercent'>>;

/**
 * Measures the CPU time of the server with its workers and of mongod, the memory of the server, and the load
 * by other processes.
 */
export class Usage {
  readonly #testbed: Testbed;
  readonly #others: OtherLoad;
  readonly #before: { readonly server: number; readonly mongod: number };

  private constructor(testbed: Testbed, others: OtherLoad, before: { server: number; mongod: number }) {
    this.#testbed = testbed;
    this.#others = others;
    this.#before = before;
  }

  /** `alsoOwn` are further processes of the bench. They must be alive until `end` is called. */
  static async start(testbed: Testbed, alsoOwn: readonly number[] = []): Promise<Usage> {
    const own = [
      ...testbed.productPids,
      testbed.mongod.pid,
      testbed.sink.pid,
      testbed.publisher.pid,
      ...alsoOwn,
    ];
    return new Usage(testbed, await OtherLoad.watch(own), await read(testbed));
  }

  /** Returns the CPU time per 1,000 of these `deliveries`. */
  async end(deliveries: number): Promise<Used> {
    const after = await read(this.#testbed);
    return {
      serverCpu: ((after.server - this.#before.server) * 1000) / deliveries,
      mongodCpu: ((after.mongod - this.#before.mongod) * 1000) / deliveries,
      rssPeakMb: (await memoryMb(this.#testbed.server.child.pid)).peak,
      othersPercent: await this.#others.percent(),
    };
  }
}

async function read({ productPids, mongod }: Testbed): Promise<{ server: number; mongod: number }> {
  const [mongodCpu, ...serverCpu] = await Promise.all([mongod.pid, ...productPids].map(cpuSeconds));
  return { server: serverCpu.reduce((sum, seconds) => sum + seconds, 0), mongod: mongodCpu ?? Number.NaN };
}
