import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MongoClient } from 'mongodb';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMongod, type MongodOptions } from '../../../server/src/embedded/mongod.ts';
import { findMongodOn } from '../../../server/src/embedded/mongod-process.ts';
import { createDatabaseFolder } from '../../support/database-folder.ts';
import { findBundle } from '../../support/find-bundle.ts';
import { findTestMongod, testMongodOptions } from '../../support/mongod.ts';

let binary: string;
let dataDir: string;

beforeAll(async () => {
  binary = await findTestMongod();
}, 300_000);

beforeEach(async () => {
  dataDir = await createDatabaseFolder('mongod');
});

afterEach(async () => {
  const left = await findMongodOn(dataDir);
  left?.signal('SIGKILL');
  await left?.exited;
  await rm(dataDir, { recursive: true, force: true });
  if (left !== undefined) throw new Error(`mongod ${left.pid} was left running`);
});

function start(more: Partial<MongodOptions> = {}) {
  return startMongod({ ...testMongodOptions, binary, dataDir, report: () => {}, ...more });
}

async function insertOne(uri: string): Promise<void> {
  await using client = new MongoClient(uri);
  await client.db('kept').collection('notes').insertOne({ text: 'here' });
}

async function countNotes(uri: string): Promise<number> {
  await using client = new MongoClient(uri);
  return await client.db('kept').collection('notes').countDocuments();
}

describe('startMongod', () => {
  it('gives a replica set with transactions and change streams', async () => {
    await using mongod = await start();
    await using client = new MongoClient(mongod.uri);
    const notes = client.db('first').collection('notes');
    await using changes = notes.watch();
    // tryNext returns once the stream is open; only then is the insert certain to be after it.
    await changes.tryNext();

    await client.withSession((session) =>
      session.withTransaction(() => notes.insertOne({ text: 'in a transaction' }, { session })),
    );

    expect(await changes.next()).toMatchObject({ fullDocument: { text: 'in a transaction' } });
  });

  it('finds its data and its port again after a stop', async () => {
    const first = await start();
    await insertOne(first.uri);
    await first.stop();
    expect(await first.exited).toEqual({ code: 0, signal: null });

    await using second = await start();

    expect(second.port).toBe(first.port);
    expect(await countNotes(second.uri)).toBe(1);
  });

  it('finds its data again after a kill', async () => {
    const first = await start();
    await insertOne(first.uri);
    await first.kill();

    await using second = await start();

    expect(second.isAdopted).toBe(false);
    expect(await countNotes(second.uri)).toBe(1);
  });

  it('moves to another port when its last one is taken', async () => {
    const first = await start();
    await insertOne(first.uri);
    await first.stop();
    const intruder = createServer((socket) => socket.destroy()).listen(first.port, '127.0.0.1');
    await once(intruder, 'listening');
    try {
      await using second = await start();

      expect(second.port).not.toBe(first.port);
      expect(await countNotes(second.uri)).toBe(1);
    } finally {
      intruder.close();
    }
  });

  it('tries again when another process listens on the port that mongod has bound', async () => {
    const lostPort = join(dataDir, 'lost-port');
    const script = join(dataDir, 'mongod');
    // The first start ends as mongod does then. The moment between bind and listen cannot be hit on purpose.
    await writeFile(
      script,
      `#!/bin/sh
if [ -e '${lostPort}' ]; then exec '${binary}' "$@"; fi
touch '${lostPort}'
echo '{"s":"F","c":"NETWORK","id":31339,"msg":"Error listening for new connections on listen address"}'
kill -ABRT $$
`,
      { mode: 0o700 },
    );
    const lines: string[] = [];

    await using mongod = await start({ binary: script, report: lines.push.bind(lines) });
    await insertOne(mongod.uri);

    expect(lines).toEqual([expect.stringMatching(/exited during startup; retrying$/)]);
  });

  it('does not try again after another abort, and shows its reason above the backtrace', async () => {
    const script = join(dataDir, 'mongod');
    const frame = '{"s":"I","c":"CONTROL","id":31445,"msg":"Frame","attr":{}}';
    await writeFile(
      script,
      `#!/bin/sh
echo '{"s":"F","c":"ASSERT","id":23089,"msg":"Fatal assertion"}'
${`echo '${frame}'\n`.repeat(20)}kill -ABRT $$
`,
      { mode: 0o700 },
    );

    await expect(start({ binary: script })).rejects.toThrow(/exited with SIGABRT[^]*Fatal assertion$/);
  });

  it('notifies its owner when it ends by itself', async () => {
    const mongod = await start();

    process.kill(mongod.pid, 'SIGKILL');

    expect(await mongod.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('fails with the last lines of the log when mongod ends while it starts', async () => {
    const starting = start({ extraArgs: ['--setParameter', 'noSuchParameter=1'] });

    await expect(starting).rejects.toThrow(/exited with 1 during startup[^]*noSuchParameter/);
  });

  it('reports a binary that cannot be started', async () => {
    const starting = start({ binary: join(dataDir, 'missing') });

    await expect(starting).rejects.toThrow(/missing cannot be started/);
  });

  it('leaves no mongod behind when it is not ready in time', async () => {
    await expect(start({ startTimeoutMs: 1 })).rejects.toThrow('not ready within 1 ms');
  });

  it('ends with the reason of the signal, and leaves no mongod behind', async () => {
    const reason = new Error('the server is stopping');
    const stopping = new AbortController();
    const starting = start({ signal: stopping.signal });
    stopping.abort(reason);

    await expect(starting).rejects.toBe(reason);
  });

  it.runIf(process.platform === 'linux')('is out of reach of Ctrl-C in the terminal', async () => {
    await using mongod = await start();

    const stat = await readFile(`/proc/${mongod.pid}/stat`, 'utf8');
    const [, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');

    expect(processGroup).toBe(String(mongod.pid));
  });
});

describe('a mongod that a killed server left running', () => {
  /** A server that starts mongod on the folder and is killed. Answers with the pid of its mongod. */
  async function leaveMongodBehind(): Promise<number> {
    const module = pathToFileURL(findBundle('server/src/embedded/mongod.ts')).href;
    const options = { ...testMongodOptions, binary, dataDir };
    const code = `
      const { startMongod } = await import(${JSON.stringify(module)});
      const mongod = await startMongod({ ...${JSON.stringify(options)}, report: () => {} });
      process.stdout.write(String(mongod.pid));
      setInterval(() => {}, 1000);`;
    const server = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output: unknown[] = await once(server.stdout, 'data');
    server.kill('SIGKILL');
    await once(server, 'exit');
    return Number(output[0]);
  }

  it('is adopted by the next start, which also stops it', async () => {
    const pid = await leaveMongodBehind();
    const lines: string[] = [];

    const mongod = await start({ report: lines.push.bind(lines) });
    await insertOne(mongod.uri);
    const whileRunning = {
      pid: mongod.pid,
      isAdopted: mongod.isAdopted,
      notes: await countNotes(mongod.uri),
    };
    await mongod.stop();

    expect(whileRunning).toEqual({ pid, isAdopted: true, notes: 1 });
    expect(lines).toEqual([`using mongod (process ${pid}) that is still running from an earlier start`]);
    expect(await findMongodOn(dataDir)).toBeUndefined();
  });

  it('is replaced by a new one when it is on its way out', async () => {
    const pid = await leaveMongodBehind();
    process.kill(pid, 'SIGTERM');

    const met = await start();
    // On a busy machine it may still respond and be taken over; its owner is then notified of its end.
    if (met.isAdopted) await met.exited;
    await using mongod = met.isAdopted ? await start() : met;
    await insertOne(mongod.uri);

    expect(mongod.pid).not.toBe(pid);
    expect(mongod.isAdopted).toBe(false);
  });

  it('is rejected if Tocsin did not start it', async () => {
    const pid = await leaveMongodBehind();
    await rm(join(dataDir, 'tocsin-mongod.json'));

    await expect(start()).rejects.toThrow(`process ${pid} is a mongod on this folder`);

    process.kill(pid, 'SIGKILL');
    await (
      await findMongodOn(dataDir)
    )?.exited;
  });
});
