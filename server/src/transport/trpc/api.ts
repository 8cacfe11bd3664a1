/** The types that other packages import from the server. */
export type { AppRouter } from './router.ts';
export type { ErrorData } from './init.ts';
