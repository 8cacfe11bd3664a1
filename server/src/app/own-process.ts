import { hostname } from 'node:os';
import { realTimers } from '../delivery/scheduling/real-timers.ts';
import { identifyStart, isAlive, pidNamespace } from '../pid-namespace.ts';
import type { OwnProcess } from './ownership.ts';

/** Returns the process that runs this code. */
export function findOwnProcess(): OwnProcess {
  return {
    clock: { ...realTimers, wallNow: () => Date.now() },
    identity: {
      host: hostname(),
      pidNamespace: pidNamespace(),
      pid: process.pid,
      pidStart: identifyStart(process.pid),
    },
    isAlive,
  };
}
