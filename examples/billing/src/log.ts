/** Where the service reports what an operator should see. `console` fits. */
export type Log = Pick<Console, 'warn'>;
