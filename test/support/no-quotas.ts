import { noLimits } from '../../server/src/domain/account-limits.ts';
import { createQuotas } from '../../server/src/services/limits/quotas.ts';

/** Quotas of accounts without limits. */
export const noQuotas = createQuotas(() => noLimits);
