import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A place in a job where it says that it is there, and waits until it is let through. */
export interface Gate extends AsyncDisposable {
  /** A line of shell that passes the gate; needs curl. */
  readonly shell: string;
  /** Fulfilled when the next job stands at the gate; each arrival counts once. */
  entered(): Promise<void>;
  /** Lets all through, now and from now on. */
  open(): void;
}

/** How long an arrival is waited for, in milliseconds. */
const DEADLINE_MS = 45_000;

/** Makes a gate. */
export async function openGate(): Promise<Gate> {
  const held = new Set<ServerResponse>();
  const waiting: (() => void)[] = [];
  let arrivals = 0;
  let isOpen = false;
  const server = createServer((_request, response) => {
    const next = waiting.shift();
    if (next === undefined) arrivals++;
    else next();
    if (isOpen) response.end();
    else held.add(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    shell: `curl -s http://127.0.0.1:${port}/`,
    entered() {
      if (arrivals > 0) {
        arrivals--;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no job came within ${DEADLINE_MS} ms`)), DEADLINE_MS);
        waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
    open() {
      isOpen = true;
      for (const response of held) response.end();
      held.clear();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
