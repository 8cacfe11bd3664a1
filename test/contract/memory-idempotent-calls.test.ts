import { openMemoryConfig } from '../support/memory-config.ts';
import { idempotentCallsContract } from './idempotent-calls-contract.ts';

idempotentCallsContract('memory', () => Promise.resolve(openMemoryConfig()));
