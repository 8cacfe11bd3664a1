import { apiError } from '../../domain/errors.ts';
import type { TargetPolicy } from '../../domain/ports/sending.ts';
import { checkTargetAddress, parseTarget, type TargetRules } from './parse-target.ts';
import { systemResolver, type ResolvedAddress, type Resolver } from './resolver.ts';

export interface TargetPolicyOptions extends TargetRules {
  /** @default the system's resolver */
  readonly resolver?: Resolver;
}

/**
 * Checks the URL of a webhook when it is created or changed, so that the customer learns of a mistake
 * immediately. It is not the SSRF guard: a name can change what it points to, so every connection is checked
 * again (`Dialer`).
 */
export function createTargetPolicy(options: TargetPolicyOptions): TargetPolicy {
  const resolver = options.resolver ?? systemResolver;
  return {
    async check(url) {
      const parsed = parseTarget(url, options);
      if (!parsed.ok) throw apiError('INVALID_URL', `url ${parsed.why}`);
      const { target } = parsed;
      // With private addresses allowed, a DNS lookup could reject almost nothing and would fail offline.
      if (target.isAddress || options.allowPrivateTargets === true) return target.url;

      for (const { address } of await resolveIfPossible(resolver, target.host)) {
        const check = checkTargetAddress(target, address, options);
        if (!check.ok) {
          throw apiError(
            'INVALID_URL',
            `url has the host "${target.host}", which points to ${check.why}; all its addresses must be public`,
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
async function resolveIfPossible(resolver: Resolver, host: string): Promise<readonly ResolvedAddress[]> {
  try {
    return await resolver(host);
  } catch {
    return [];
  }
}
