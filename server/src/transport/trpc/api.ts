/** The one thing that other packages take from the server: the router's type. */
export type { AppRouter } from './router.ts';
export type { ErrorData } from './init.ts';
