import type { Generated } from 'kysely';
import type { Instant, Json } from './columns.ts';
import type { EventType } from './event-record.ts';

interface Events {
  id: Generated<number>;
  at: Instant;
  type: EventType;
  repository: string | null;
  run: number | null;
  job: number | null;
  data: Json;
}

/** The log of what happened. */
export interface EventTables {
  events: Events;
}
