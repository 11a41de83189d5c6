/** Milliseconds since 1970. */
export type Instant = number;

/** A JSON text. */
export type Json = string;
