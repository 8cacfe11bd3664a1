import { TocsinError } from '../../domain/errors.ts';
import type { TargetPolicy } from '../../domain/ports/sending.ts';
import type { LookupOptions, ResolvedAddress, Resolver } from '../dns/resolver.ts';
import { checkTargetAddress, isPrivateHostAllowed, parseTarget, type TargetRules } from './parse-target.ts';

export interface TargetPolicyOptions extends TargetRules {
  readonly resolver: Resolver;
}

/**
 * Checks the URL of a webhook or an alert channel when it is created or changed, so that the customer learns of a
 * mistake immediately. It is not the SSRF guard: a name can change what it points to, so every connection is checked
 * again (`Dialer`).
 */
export function createTargetPolicy(options: TargetPolicyOptions): TargetPolicy {
  const { resolver } = options;
  return {
    async check(url, accountId, field) {
      const parsed = parseTarget(url, options);
      if (!parsed.ok) throw urlError(field, parsed.why);
      const { target } = parsed;
      // With private addresses allowed, a DNS lookup could reject almost nothing and would fail offline.
      if (target.isAddress || options.allowPrivateTargets === true) return target.url;

      const lookup = { accountId, hasLocalNames: isPrivateHostAllowed(target.host, options) };
      for (const { address } of await resolveIfPossible(resolver, target.host, lookup)) {
        const check = checkTargetAddress(target, address, options);
        if (!check.ok) {
          throw urlError(
            field,
            `has the host "${target.host}", which points to ${check.why}; all its addresses must be public`,
          );
        }
      }
      return target.url;
    },
  };
}

/**
 * Accepts a name that does not resolve: its receiver may not be set up yet, and each attempt checks it again.
 */
async function resolveIfPossible(
  resolver: Resolver,
  host: string,
  options: LookupOptions,
): Promise<readonly ResolvedAddress[]> {
  try {
    return await resolver(host, options);
  } catch {
    return [];
  }
}

function urlError(field: string, why: string): TocsinError {
  return new TocsinError('INVALID_URL', `${field} ${why}`, { problems: [{ path: field, message: why }] });
}
