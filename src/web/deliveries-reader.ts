/** A delivery as `/api/deliveries` tells it. Times are ISO 8601. */
export interface DeliveryJson {
  readonly id: string;
  readonly received_at: string;
  readonly forge: string;
  readonly event: string;
  readonly trigger: string;
  readonly repository: string;
  readonly ref: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: number;
  /** HTTP status of the answer. */
  readonly answer: number;
  readonly status: 'pending' | 'processed' | 'ignored' | 'failed';
  readonly outcome: string | null;
  readonly error: string | null;
  readonly tries: number;
  readonly processed_at: string | null;
}

/** What was not taken, as `/api/deliveries/refused` tells it; what it says of itself is not verified. */
export interface RefusedJson {
  /** When the last of these came. */
  readonly received_at: string;
  readonly times: number;
  readonly code: string;
  readonly message: string;
  readonly answer: number;
  readonly forge: string | null;
  readonly event: string | null;
  readonly repository: string | null;
}

/** What the page asks for. */
export interface DeliveriesWanted {
  readonly before: number;
  readonly limit: number;
  readonly repository: string | null;
  readonly status: string | null;
}

/** Reads what came in; whoever composes the server puts the observer behind it. */
export interface DeliveriesReader {
  /** Newest first; undefined: nobody can tell now. */
  list(
    wanted: DeliveriesWanted,
  ): Promise<
    { readonly deliveries: readonly DeliveryJson[]; readonly total: number; readonly next: number | null } | undefined
  >;
  /** Newest first; undefined: nobody can tell now. */
  refused(): readonly RefusedJson[] | undefined;
  find(id: string): Promise<(DeliveryJson & { readonly payload: unknown }) | undefined>;
}
