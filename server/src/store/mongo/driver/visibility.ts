import type { Visibility } from '../../../domain/ports/page-request.ts';

/** The query for visible documents of a collection whose documents have an app and its account. */
export function toVisibilityQuery({ accountId, appId, excludedAppIds }: Visibility) {
  return {
    ...(accountId === undefined ? {} : { accountId }),
    ...(appId === undefined ? toExclusion(excludedAppIds) : { appId }),
  };
}

/** The query for documents of all apps except these. */
export function toExclusion(appIds: readonly string[]): { appId?: { $nin: string[] } } {
  return appIds.length === 0 ? {} : { appId: { $nin: [...appIds] } };
}
