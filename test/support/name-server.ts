import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv4, type AddressInfo, type Server, type Socket } from 'node:net';

/** Addresses, an error, or no answer at all. `held`: the answer comes with `release`. */
export type NameReply = readonly string[] | 'nxdomain' | 'servfail' | 'refused' | 'silent' | 'held';

export interface NameRecord {
  /** @default no addresses */
  readonly a?: NameReply;
  /** @default no addresses */
  readonly aaaa?: NameReply;
  /** In s. @default 300 */
  readonly ttl?: number;
  /** The answer does not fit into a datagram, so that the client has to ask again over TCP. */
  readonly isTruncated?: boolean;
}

export interface NameServerQuery {
  readonly name: string;
  readonly type: 'A' | 'AAAA';
  readonly transport: 'udp' | 'tcp';
  /** The port that the query came from. */
  readonly port: number;
}

const responseCodes = { nxdomain: 3, servfail: 2, refused: 5 } as const;
const headerBytes = 12;
const typeCodes = { A: 1, AAAA: 28 } as const;

interface Question {
  readonly name: string;
  readonly type: NameServerQuery['type'];
  /** Where the question ends in the message. */
  readonly end: number;
}

/** A name server on loopback, for UDP and TCP. Names without a record do not exist. */
export class NameServer implements AsyncDisposable {
  readonly records = new Map<string, NameRecord>();
  /** Every query, in order. */
  readonly queries: NameServerQuery[] = [];
  /** In the form of `DNS_SERVERS`. */
  readonly address: string;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();
  readonly #held: (() => void)[] = [];
  #onQuery: (() => void) | undefined;

  private constructor(udp: UdpSocket, tcp: Server) {
    const { address, port } = udp.address();
    this.address = `${address}:${port}`;
    this.#udp = udp;
    this.#tcp = tcp;
    udp.on('message', (message, from) => {
      this.#onMessage(message, { transport: 'udp', port: from.port }, (reply) =>
        udp.send(reply, from.port, from.address),
      );
    });
    tcp.on('connection', (socket) => this.#serve(socket));
  }

  static async listen(records: Readonly<Record<string, NameRecord>> = {}): Promise<NameServer> {
    const tcp = createServer().listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const udp = await bindTo(tcp.address() as AddressInfo); // a listening TCP server has one
    if (udp === undefined) {
      // Another process has the port for UDP.
      tcp.close();
      return await NameServer.listen(records);
    }
    const server = new NameServer(udp, tcp);
    for (const [name, record] of Object.entries(records)) server.records.set(name, record);
    return server;
  }

  /** The types that were asked for, in the order of the alphabet. */
  typesFor(name: string): string[] {
    return this.queries
      .filter((query) => query.name === name)
      .map(({ type }) => type)
      .sort();
  }

  /** Resolves when there were this many queries. */
  async untilQueries(count: number): Promise<void> {
    while (this.queries.length < count) await new Promise<void>((resolve) => (this.#onQuery = resolve));
  }

  /** Sends the answers that are held, from the records as they are now. */
  release(): void {
    for (const send of this.#held.splice(0)) send();
  }

  #onMessage(
    message: Buffer,
    from: Pick<NameServerQuery, 'transport' | 'port'>,
    send: (reply: Buffer) => void,
  ): void {
    const question = readQuestion(message);
    this.queries.push({ name: question.name, type: question.type, ...from });
    this.#onQuery?.();
    const answer = () => {
      const record = this.records.get(question.name);
      const reply = record === undefined ? 'nxdomain' : (record[question.type === 'A' ? 'a' : 'aaaa'] ?? []);
      if (reply === 'silent') return;
      if (reply === 'held') {
        this.#held.push(answer);
        return;
      }
      const isTruncated = record?.isTruncated === true && from.transport === 'udp';
      send(toReply(message, question, reply, { ttl: record?.ttl ?? 300, isTruncated }));
    };
    answer();
  }

  #serve(socket: Socket): void {
    this.#connections.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#connections.delete(socket));
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length > 2 && received.length >= 2 + received.readUInt16BE()) {
        const message = received.subarray(2, 2 + received.readUInt16BE());
        received = received.subarray(2 + message.length);
        this.#onMessage(message, { transport: 'tcp', port: socket.remotePort ?? 0 }, (reply) => {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(reply.length);
          socket.write(Buffer.concat([length, reply]));
        });
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    this.#udp.close();
    this.#tcp.close();
    await Promise.all([once(this.#udp, 'close'), once(this.#tcp, 'close')]);
  }
}

async function bindTo({ port, address }: AddressInfo): Promise<UdpSocket | undefined> {
  const udp = createSocket('udp4');
  try {
    udp.bind(port, address);
    await once(udp, 'listening');
    return udp;
  } catch {
    udp.close();
    return undefined;
  }
}

function readQuestion(message: Buffer): Question {
  const labels: string[] = [];
  let at = headerBytes;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = message.readUInt16BE(at + 1) === typeCodes.A ? 'A' : 'AAAA';
  return { name: labels.join('.').toLowerCase(), type, end: at + 5 };
}

function toReply(
  message: Buffer,
  { type, end }: Question,
  reply: Exclude<NameReply, 'silent' | 'held'>,
  { ttl, isTruncated }: { readonly ttl: number; readonly isTruncated: boolean },
): Buffer {
  const code = typeof reply === 'string' ? responseCodes[reply] : 0;
  const addresses = typeof reply === 'string' || isTruncated ? [] : reply;
  const head = Buffer.from(message.subarray(0, end));
  // A response to a recursive query, by a server that supports recursion.
  head.writeUInt16BE(0x8180 | code | (isTruncated ? 0x0200 : 0), 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...addresses.map((address) => toRecord(type, ttl, address))]);
}

function toRecord(type: NameServerQuery['type'], ttl: number, address: string): Buffer {
  const data = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : toIpv6Bytes(address);
  const record = Buffer.alloc(12);
  // The name of the question, by reference.
  record.writeUInt16BE(0xc000 | headerBytes, 0);
  record.writeUInt16BE(typeCodes[type], 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(ttl, 6);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([record, data]);
}

function toIpv6Bytes(address: string): Buffer {
  const [left = '', right] = address.split('::');
  const toGroups = (text: string) => (text === '' ? [] : text.split(':'));
  const [first, last] = [toGroups(left), toGroups(right ?? '')];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return Buffer.from([...first, ...zeros, ...last].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
