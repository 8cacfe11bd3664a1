/** A part of a JSON Schema that is not accepted. */
export interface SchemaProblem {
  /** JSON Pointer to the place, such as `#/properties/lines`. */
  readonly path: string;
  /** The wrong value, and the limit or what would be right. */
  readonly message: string;
}
