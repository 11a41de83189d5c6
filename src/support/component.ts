/**
 * A part of the system that can be started and stopped. `stop` is safe twice and before `start`; after it nothing of
 * the component is left: no timer, socket, child or file handle.
 */
export interface Component extends AsyncDisposable {
  start(): Promise<void>;
  stop(): Promise<void>;
}
