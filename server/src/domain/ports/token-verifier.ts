/** The verified content of a JSON Web Token. */
export interface VerifiedToken {
  readonly claims: Readonly<Record<string, unknown>>;
  /** When the token stops being valid, with the clock tolerance. Epoch ms. */
  readonly expiresAt: number;
}

/** Verifies access tokens (JWTs) of an OpenID Connect issuer. */
export interface TokenVerifier {
  /** The accepted value of `iss`. */
  readonly issuer: string;
  /** Throws UNAUTHENTICATED for an invalid token, and UNAVAILABLE if the issuer's keys cannot be fetched. */
  verify(token: string): Promise<VerifiedToken>;
}
