import { openMemoryConfig } from '../support/memory-config.ts';
import { eventTypesContract } from './event-types-contract.ts';

eventTypesContract('memory', () => Promise.resolve(openMemoryConfig()));
