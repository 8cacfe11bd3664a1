import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTVerifyGetKey,
} from 'jose';
import * as z from 'zod';
import { apiError, type TocsinError } from '../domain/errors.ts';
import type { Clock, Log } from '../domain/ports/runtime.ts';
import type { TokenVerifier, VerifiedToken } from '../domain/ports/token-verifier.ts';
import { IssuerFetch, IssuerUnavailableError } from './issuer-fetch.ts';

export interface OidcOptions {
  /** The exact value of `iss`. */
  readonly issuer: string;
  /** One of these must be in `aud`. */
  readonly audiences: readonly string[];
  /** @default the `jwks_uri` of the issuer's discovery document */
  readonly jwksUri: string | undefined;
  readonly algorithms: readonly string[];
  readonly clockToleranceMs: number;
}

export interface OidcVerifierDeps {
  readonly clock: Clock;
  readonly log: Log;
}

/** Keys are fetched again after this time, so a key that the issuer removed is rejected after it. */
const keySetMaxAgeMs = 10 * 60 * 1000;

/**
 * A token with an unknown key makes the key set be fetched again, at most this often. An issuer that publishes
 * a new key this long before it signs with it rotates without a rejected token.
 */
const keySetCooldownMs = 10_000;

const keySet = z.looseObject({ keys: z.array(z.looseObject({})) });

/** Types of access tokens (RFC 9068), and the one of issuers that set none in particular. */
const tokenTypes = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

/**
 * Verifies access tokens of one OpenID Connect issuer. Keys come from that issuer only: key URLs and keys in
 * the header of a token are ignored.
 */
export class OidcVerifier implements TokenVerifier {
  readonly issuer: string;
  readonly #options: OidcOptions;
  readonly #deps: OidcVerifierDeps;
  readonly #fetch = new IssuerFetch();
  #getKey: JWTVerifyGetKey | undefined;
  #discovery: Promise<string> | undefined;

  constructor(options: OidcOptions, deps: OidcVerifierDeps) {
    this.issuer = options.issuer;
    this.#options = options;
    this.#deps = deps;
  }

  async verify(token: string): Promise<VerifiedToken> {
    const { audiences, algorithms, clockToleranceMs } = this.#options;
    try {
      this.#requireOwn(token);
      const { payload } = await jwtVerify(token, await this.#getKeySet(), {
        issuer: this.issuer,
        audience: [...audiences],
        algorithms: [...algorithms],
        clockTolerance: clockToleranceMs / 1000,
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(this.#deps.clock.now()),
      });
      // jwtVerify has checked that `exp` is a number.
      return { claims: payload, expiresAt: (payload.exp ?? 0) * 1000 + clockToleranceMs };
    } catch (error) {
      throw this.#toApiError(error);
    }
  }

  /** Rejects tokens of others before the issuer is asked for keys. */
  #requireOwn(token: string): void {
    const { alg, typ } = decodeProtectedHeader(token);
    if (alg === undefined || !this.#options.algorithms.includes(alg)) {
      throw apiError(
        'UNAUTHENTICATED',
        `the token's alg must be one of ${this.#options.algorithms.join(', ')}`,
      );
    }
    if (typ !== undefined && !tokenTypes.has(typ.toLowerCase())) {
      throw apiError('UNAUTHENTICATED', "the token's typ must be at+jwt or JWT");
    }
    if (decodeJwt(token).iss !== this.issuer) {
      throw apiError('UNAUTHENTICATED', `the token's iss must be ${this.issuer}`);
    }
  }

  async #getKeySet(): Promise<JWTVerifyGetKey> {
    if (this.#getKey !== undefined) return this.#getKey;
    const url = this.#options.jwksUri ?? (await this.#discover());
    this.#getKey ??= createRemoteJWKSet(new URL(url), {
      cacheMaxAge: keySetMaxAgeMs,
      cooldownDuration: keySetCooldownMs,
      [customFetch]: async (from) => Response.json(await this.#fetch.getJson(from, keySet)),
    });
    return this.#getKey;
  }

  /** Reads the address of the keys from the discovery document. Parallel calls share one request. */
  async #discover(): Promise<string> {
    this.#discovery ??= this.#fetch
      .getJson(
        `${this.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
        z.looseObject({ issuer: z.literal(this.issuer), jwks_uri: z.url() }),
      )
      .then((document) => document.jwks_uri)
      .finally(() => {
        this.#discovery = undefined;
      });
    return await this.#discovery;
  }

  #toApiError(error: unknown): unknown {
    if (error instanceof IssuerUnavailableError || error instanceof errors.JWKSTimeout) {
      this.#deps.log.warn({ err: error }, 'the keys of the OIDC issuer could not be fetched');
      return apiError('UNAVAILABLE', 'the keys of the token issuer could not be fetched; retry', error);
    }
    if (error instanceof errors.JOSEError || error instanceof TypeError) return toRejection(error);
    return error;
  }
}

/** Names the claim that is wrong. Never contains the token or a key. */
function toRejection(error: errors.JOSEError | TypeError): TocsinError {
  if (error instanceof errors.JWTExpired) return apiError('UNAUTHENTICATED', 'the token has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    const problem = error.reason === 'missing' ? 'is missing' : 'has a value that is not accepted';
    return apiError('UNAUTHENTICATED', `the token's claim ${error.claim} ${problem}`);
  }
  if (error instanceof errors.JWKSNoMatchingKey)
    return apiError('UNAUTHENTICATED', "the token's kid is not a key of the issuer");
  return apiError('UNAUTHENTICATED', 'the token is malformed, or its signature is invalid');
}
