import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** Facts about the machine that results depend on. */
export function machineFacts(): Readonly<Record<string, string>> {
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${process.platform} ${release()}`,
    node: process.version,
    load: loadText(),
  };
}

export function loadText(): string {
  return loadavg()
    .map((value) => value.toFixed(2))
    .join(' ');
}
