import { apiError } from '../../domain/errors.ts';
import type { TargetPolicy } from '../../domain/ports/sending.ts';
import { checkTargetAddress, parseTarget, type TargetRules } from './parse-target.ts';
import { systemResolver, type ResolvedAddress, type Resolver } from './resolver.ts';

export interface TargetPolicyOptions extends TargetRules {
  /** @default the system's resolver */
  readonly resolver?: Resolver;
}

/**
 * Judges URLs when a webhook is created or changed. It is a courtesy to the customer, who learns of a mistake at once;
 * what protects us is the same judgement made again for each connection, since a name can change what it points to.
 */
export function createTargetPolicy(options: TargetPolicyOptions): TargetPolicy {
  const resolver = options.resolver ?? systemResolver;
  return {
    async check(url) {
      const parsed = parseTarget(url, options);
      if (!parsed.ok) throw apiError('INVALID_URL', `url ${parsed.why}`);
      const { target } = parsed;
      // Where private addresses are allowed, asking the network would only make creation slow and offline use fail.
      if (target.isAddress || options.allowPrivateTargets === true) return target.url;

      for (const { address } of await resolveOrNothing(resolver, target.host)) {
        const check = checkTargetAddress(target.host, address, options);
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

/** A name that does not resolve is accepted: its receiver may be set up later, and each attempt judges it anew. */
async function resolveOrNothing(resolver: Resolver, host: string): Promise<readonly ResolvedAddress[]> {
  try {
    return await resolver(host);
  } catch {
    return [];
  }
}
