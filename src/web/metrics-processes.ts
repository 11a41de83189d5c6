import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { basename } from 'node:path';
import { Counter, Gauge, type Registry } from 'prom-client';

/** Node tells here of each process that this one starts, so that nobody who starts one has to know of metrics. */
const CHANNEL = 'child_process';

/** Counts processes by program: `git`, `node` (runners), `other`. Returns what ends it. */
export function watchProcesses(registry: Registry): () => void {
  const registers = [registry];
  const labelNames = ['program'];
  const started = new Counter({
    ...{ name: 'signalbox_processes_started_total', help: 'Processes that the server started.', labelNames, registers },
  });
  const running = new Gauge({
    ...{ name: 'signalbox_processes_running', help: 'Of these, those that run now.', labelNames, registers },
  });
  for (const program of ['git', 'node', 'other']) running.set({ program }, 0);
  const listener = (message: unknown) => {
    const child = (message as { process?: ChildProcess }).process;
    if (child === undefined) return;
    // the channel tells before the process is there: its program is known in the next turn
    queueMicrotask(() => {
      const program = programOf(child.spawnfile);
      started.inc({ program });
      if (child.pid === undefined || child.exitCode !== null) return;
      running.inc({ program });
      child.once('exit', () => running.dec({ program }));
    });
  };
  subscribe(CHANNEL, listener);
  return () => void unsubscribe(CHANNEL, listener);
}

function programOf(path: string | undefined): string {
  const name = path === undefined ? '' : basename(path);
  return name === 'git' || name === 'node' ? name : 'other';
}
