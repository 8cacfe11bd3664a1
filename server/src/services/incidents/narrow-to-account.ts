import type { Scope } from '@tocsin/shared';
import { canAccessAccount, type Actor } from '../../domain/access.ts';
import { apiError, fieldError } from '../../domain/errors.ts';
import type { Visibility } from '../../domain/ports/page-request.ts';
import type { AccessControl } from '../authorization/access-control.ts';

/**
 * Like `narrow` of the access control, for a list that can name an account as well.
 *
 * @throws FORBIDDEN if the account is not the caller's
 * @throws INVALID_INPUT if the app belongs to another account
 */
export async function narrowToAccount(
  access: AccessControl,
  actor: Actor,
  { appId, accountId }: { readonly appId?: string | undefined; readonly accountId?: string | undefined },
  scope: Scope,
): Promise<Visibility> {
  const visibility = await access.narrow(actor, appId, scope);
  if (accountId === undefined) return visibility;
  if (!canAccessAccount(actor, accountId)) {
    throw apiError('FORBIDDEN', `account ${accountId} is not yours`);
  }
  if (visibility.appId === undefined) return { ...visibility, accountId };
  const owner = await access.requireApp(actor, visibility.appId, scope);
  if (owner !== accountId) {
    throw fieldError('accountId', `is ${accountId}, but the app ${visibility.appId} belongs to ${owner}`);
  }
  return visibility;
}
