import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { serve } from '../worker.ts';

const commands = {
  /** Listens on loopback and answers no query. Resolves to the address, in the form of DNS_SERVERS. */
  listen: async (): Promise<string> => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return `127.0.0.1:${socket.address().port}`;
  },
};

export type SilentNameServerCommands = typeof commands;

serve(commands);
