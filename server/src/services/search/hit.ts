import type { SearchHit } from '@tocsin/shared';

/** A hit before the name of its account is known. */
export type NamelessHit = Omit<SearchHit, 'accountName'>;
