/** A browser that is signed in to the admin UI. Its random id is in the cookie only. */
export interface Session {
  /** SHA-256 of the id, in hex. */
  readonly idHash: string;
  /** The operator or an API key. */
  readonly kind: 'root' | 'key';
  /**
   * What the session was opened with: the hash of the API key, or a keyed hash of the root token. The session
   * ends with it.
   */
  readonly credential: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms. */
  readonly expiresAt: number;
}
