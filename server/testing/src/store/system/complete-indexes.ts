import type { IndexStatus } from '@tocsin/shared';

/** The state of indexes in memory: there are none to build. */
export const completeIndexes = {
  isReadyToSend: true,
  whenReadyToSend: (callback: () => void): void => callback(),
  status: (): Promise<IndexStatus[]> => Promise.resolve([]),
  stop: (): void => undefined,
};
