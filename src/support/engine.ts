import { setFlagsFromString } from 'node:v8';

/**
 * How much bytecode of a function is executed, in bytes, before it is compiled for speed. The engine's own choice, 66 000,
 * is for programs that compute: here a thousand functions on the way of a job come to that in the first seconds of a burst,
 * and the threads that compile them take a fifth of all processor time from the jobs.
 */
const INTERRUPT_BUDGET = 300_000;
/** The version of V8 (that of Node 20) that all this was measured with; later ones have a quicker compiler and other settings. */
const ENGINE = '11.';

/** For the processes of the server and of runners, before they do anything. */
export function compileLater(): void {
  if (process.versions.v8.startsWith(ENGINE)) setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}

/**
 * How much larger the young half of the heap becomes at once when it is full. The engine's own choice, 2, begins at 1 MB: what a
 * command loads is copied six times until there is room for all of it, and then the whole heap is marked.
 */
const GROWTH = 16;

/** For a command that somebody waits for, and that is over soon: it takes up to 32 MB more, and collects six times instead of ten (`--trace-gc`). */
export function collectLater(): void {
  if (process.versions.v8.startsWith(ENGINE)) setFlagsFromString(`--semi-space-growth-factor=${GROWTH}`);
}
