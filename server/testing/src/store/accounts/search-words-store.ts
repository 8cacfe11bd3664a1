import type { SearchWordsStore } from '../../../../src/domain/ports/access-stores.ts';

/** The other stores derive the words from what they have, so that none are missing. */
export const completeSearchWords: SearchWordsStore = { fillWords: () => Promise.resolve(0) };
