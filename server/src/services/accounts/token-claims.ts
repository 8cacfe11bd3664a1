import {
  appId as appIdSchema,
  accountId as accountIdSchema,
  grantableScopes,
  type Scope,
} from '@tocsin/shared';
import { apiError } from '../../domain/errors.ts';

/** The names of the claims that decide what a token may do. */
export interface ClaimNames {
  /** Claim with the id of the account. */
  readonly account: string;
  /** Claim with the scopes: a list, or a text separated by spaces. */
  readonly scopes: string;
  /** Claim with the id of the only app that the token may use. Optional in a token. */
  readonly app: string;
  /** Prefix of Tocsin's scopes in that claim. Scopes without it are ignored. */
  readonly scopePrefix: string;
}

/** What the claims of a token say about its caller. */
export interface TokenIdentity {
  readonly subject: string;
  readonly accountId: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly appId: string | undefined;
}

/** Shown in the audit log and in logs, so printable and short. */
const subjectPattern = /^[\x21-\x7e]{1,255}$/;

/**
 * Reads the caller from verified claims. Throws UNAUTHENTICATED if a claim is missing or malformed. Unknown
 * scopes and `operator` are ignored, because an issuer also grants scopes of other services.
 */
export function readTokenIdentity(
  claims: Readonly<Record<string, unknown>>,
  names: ClaimNames,
): TokenIdentity {
  const subject = claims['sub'];
  if (typeof subject !== 'string' || !subjectPattern.test(subject))
    throw rejected('sub', 'must be 1 to 255 printable characters');
  const account = accountIdSchema.safeParse(findClaim(claims, names.account));
  if (!account.success) throw rejected(names.account, 'must be the id of an account');
  const app = appIdSchema.optional().safeParse(findClaim(claims, names.app));
  if (!app.success) throw rejected(names.app, 'must be the id of an app');
  return {
    subject,
    accountId: account.data,
    scopes: new Set(toScopes(findClaim(claims, names.scopes), names)),
    appId: app.data,
  };
}

function toScopes(claim: unknown, { scopes: name, scopePrefix }: ClaimNames): Scope[] {
  const words = typeof claim === 'string' ? claim.split(/\s+/) : (claim ?? []);
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
    throw rejected(name, 'must be a text or a list of texts');
  return words
    .filter((word) => word.startsWith(scopePrefix))
    .flatMap((word) => {
      const parsed = grantableScopes.safeParse([word.slice(scopePrefix.length)]);
      return parsed.success ? parsed.data : [];
    });
}

/** Finds a claim by its whole name, and otherwise by its path: `realm_access.roles`. */
function findClaim(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

function rejected(claim: string, rule: string) {
  return apiError('UNAUTHENTICATED', `the token's claim ${claim} ${rule}`);
}
