import type { Connection } from '../protocol/connection.ts';
import type { FromDispatcher, ToDispatcher } from '../protocol/messages.ts';

type DeepReadonly<T> = T extends readonly unknown[] | object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** A message on its way out: it is only written, so what it is made of may be read-only. */
export type Outgoing = DeepReadonly<FromDispatcher>;

/** The dispatcher's end of a native connection. */
export type NativeConnection = Connection<Outgoing, ToDispatcher>;
