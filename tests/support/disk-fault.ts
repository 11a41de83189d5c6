import type { LogStore } from '../../src/store/log-store.ts';
import type { Store } from '../../src/store/store.ts';

const WRITES = ['dispatch', 'claim', 'started', 'step', 'extend', 'finish', 'lose'] as const;

/**
 * From now on every change of the store, and every append to a log, is refused with `error`, until the returned
 * function is called: as with a disk that is full, or broken.
 */
export function failWrites(store: Store, logs: LogStore, error: Error): () => void {
  const refuse = () => Promise.reject(error);
  for (const method of WRITES) Object.assign(store, { [method]: refuse });
  Object.assign(logs, { append: refuse, sync: refuse });
  return () => {
    for (const method of WRITES) Reflect.deleteProperty(store, method);
    for (const method of ['append', 'sync']) Reflect.deleteProperty(logs, method);
  };
}
