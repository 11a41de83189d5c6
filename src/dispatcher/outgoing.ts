import type { WorkflowJobSpec } from '../model/workflow.ts';
import type { Connection } from '../protocol/connection.ts';
import type { FromDispatcher } from '../protocol/from-dispatcher.ts';
import type { ToDispatcher } from '../protocol/to-dispatcher.ts';

/** Types that are read-only already, and without end: those of a workflow file, and JSON. */
type IsReadonly<T> = T extends WorkflowJobSpec ? true : string extends keyof T ? true : false;
type DeepReadonly<T> = T extends readonly unknown[]
  ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
  : T extends object
    ? IsReadonly<T> extends true
      ? T
      : { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** A message on its way out: it is only written, so what it is made of may be read-only. */
export type Outgoing = DeepReadonly<FromDispatcher>;

/** The dispatcher's end of a native connection. */
export type NativeConnection = Connection<Outgoing, ToDispatcher>;
