import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/*
 * Summarizes a CPU profile of the server by area: `npm run bench -- --only rest --rounds 1 --profile DIR`,
 * then
 * `node --conditions=@tocsin/source --import tsx bench/profile-areas.ts DIR`.
 */

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

type Area = readonly [name: string, pattern: RegExp];

/**
 * The first pattern that matches the file of a frame selects its area. Without a match, the caller's area
 * applies.
 */
const areas: readonly Area[] = [
  ['BSON and driver', /node_modules\/(mongodb|bson|mongodb-connection-string-url)\//],
  ['store', /server\/src\/store\//],
  ['zod', /node_modules\/zod\/|fastify-type-provider-zod/],
  ['tRPC', /node_modules\/@trpc\/|server\/src\/transport\/trpc\//],
  ['HTTP out: undici', /node_modules\/undici\//],
  ['HTTP out: sender', /server\/src\/delivery\/(http|ssrf)\//],
  ['signing and bodies', /server\/src\/delivery\/(request|destinations)\//],
  ['engine', /server\/src\/(delivery|batching)\//],
  [
    'HTTP in: fastify',
    /node_modules\/(fastify|find-my-way|@fastify|light-my-request|fast-json-stringify|secure-json-parse)/,
  ],
  ['HTTP in: routes', /server\/src\/transport\//],
  ['HTTP in: node:http', /node:_http_(server|incoming|outgoing|common)|node:internal\/http/],
  ['services', /server\/src\/(services|domain)\//],
  ['telemetry', /node_modules\/(prom-client|pino)|server\/src\/telemetry\//],
  ['start', /node_modules\/(tsx|esbuild)|node:internal\/modules/],
];

interface Totals {
  readonly areas: Map<string, number>;
  readonly frames: Map<string, number>;
  readonly inclusive: Map<string, number>;
}

/** Self time by area and by function, and time including callees by function, in ms. Excludes idle time. */
function toTotals(profile: Profile): Totals {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])),
  );
  const selfMs = new Map<number, number>();
  for (const [index, id] of profile.samples.entries()) {
    selfMs.set(id, (selfMs.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1000);
  }
  const totals: Totals = { areas: new Map(), frames: new Map(), inclusive: new Map() };
  for (const [id, ms] of selfMs) {
    const node = byId.get(id);
    if (node === undefined || node.callFrame.functionName === '(idle)') continue;
    add(totals.frames, frameName(node), ms);
    add(totals.areas, findArea(node, byId, parents), ms);
    // Each name of the stack once, so that recursion is not counted twice.
    const names = new Set<string>();
    for (let at: ProfileNode | undefined = node; at; at = byId.get(parents.get(at.id) ?? -1))
      names.add(frameName(at));
    for (const name of names) add(totals.inclusive, name, ms);
  }
  return totals;
}

function findArea(node: ProfileNode, byId: Map<number, ProfileNode>, parents: Map<number, number>): string {
  const own = node.callFrame.functionName;
  if (own === '(garbage collector)') return 'GC';
  if (own === '(program)') return 'outside of JavaScript (sockets, libuv, GC helpers)';
  for (let at: ProfileNode | undefined = node; at; at = byId.get(parents.get(at.id) ?? -1)) {
    const { url } = at.callFrame;
    const area = areas.find(([, pattern]) => pattern.test(url));
    if (area) return area[0];
  }
  return `node itself: ${findTopLevel(node, byId, parents)}`;
}

/** The outermost frame below the root, which the event loop called. */
function findTopLevel(
  node: ProfileNode,
  byId: Map<number, ProfileNode>,
  parents: Map<number, number>,
): string {
  let at = node;
  for (;;) {
    const parent = byId.get(parents.get(at.id) ?? -1);
    if (parent === undefined || parent.callFrame.functionName === '(root)') return at.callFrame.functionName;
    at = parent;
  }
}

function frameName({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^file:\/\/.*?\/(server|shared)\/src\//, '$1/');
  return `${functionName === '' ? '(anonymous)' : functionName} ${file === '' ? '' : `${file}:${lineNumber + 1}`}`;
}

function add(totals: Map<string, number>, name: string, ms: number): void {
  totals.set(name, (totals.get(name) ?? 0) + ms);
}

function print(title: string, totals: Map<string, number>, limit: number): void {
  const all = [...totals.values()].reduce((sum, ms) => sum + ms, 0);
  const lines = [...totals].sort(([, a], [, b]) => b - a).slice(0, limit);
  process.stdout.write(`\n${title}\n`);
  for (const [name, ms] of lines) {
    const share = title.startsWith('including') ? '' : `${((100 * ms) / all).toFixed(1)} %`;
    process.stdout.write(`${ms.toFixed(0).padStart(8)} ms ${share.padStart(7)}  ${name}\n`);
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: profile-areas.ts FOLDER');
// Profiles of the main thread. The other one is that of tsx's loader.
for (const file of (await readdir(folder)).filter((name) => /\.0\.\d+\.cpuprofile$/.test(name))) {
  process.stdout.write(`\n${file}\n`);
  // `as`: V8 wrote the file.
  const totals = toTotals(JSON.parse(await readFile(join(folder, file), 'utf8')) as Profile);
  print('self time by area', totals.areas, 25);
  print('self time by function', totals.frames, 40);
  print('including callees by function', totals.inclusive, 45);
}
