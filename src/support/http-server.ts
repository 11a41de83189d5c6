import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { CiError } from './ci-error.ts';
import { classesFor, isExpress } from './express-classes.ts';
import { hostPort } from './host-port.ts';

/** Where to listen, and the bounds of the server. */
export interface HttpServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Most sockets at once; what comes after is closed. Default 1 000. */
  readonly maxConnections?: number;
  /** How long `close` waits for answers under way, in milliseconds. Default 2 000. */
  readonly graceMs?: number;
}

/** A server that listens. */
export interface HttpServer {
  readonly server: Server;
  /** Where it listens, with the port that it got. */
  readonly address: { readonly host: string; readonly port: number };
  /** Where programs of this machine reach it: `http://127.0.0.1:8080`, without a slash at the end. */
  readonly url: string;
  /** Takes nothing new, ends event streams, waits for other answers under way, closes every socket. Safe twice. */
  close(): Promise<void>;
}

/** Nothing can listen at an address: it is in use, not ours, or not allowed. */
export class ListenError extends CiError {
  override readonly name = 'ListenError';
  readonly code: 'E_PORT_IN_USE' | 'E_LISTEN';
  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    super(explain(host, port, cause), { cause });
    this.code = cause.code === 'EADDRINUSE' ? 'E_PORT_IN_USE' : 'E_LISTEN';
  }
}

/**
 * Starts an HTTP server with limits on what a slow or silent client can hold.
 * @throws {ListenError} when the port is taken or cannot be had.
 */
export async function createHttpServer(app: RequestListener, options: HttpServerOptions): Promise<HttpServer> {
  const { host, port, maxConnections = 1_000, graceMs = 2_000 } = options;
  // by socket and overwritten: what is added and deleted with each request leaves tables behind that keep its neighbours alive
  const open = new Map<Socket, ServerResponse | undefined>();
  let closing: Promise<void> | undefined;
  // Node's defaults let a client that sends one header byte a second live for a minute, and look every 30 s only
  const limits = { headersTimeout: 5_000, requestTimeout: 30_000, keepAliveTimeout: 10_000 };
  const server = createServer(
    { ...limits, connectionsCheckingInterval: 1_000, ...(isExpress(app) ? classesFor(app) : {}) },
    (request, response) => {
      const { socket } = request;
      open.set(socket, response);
      response.once('close', () => {
        if (open.get(socket) === response) open.set(socket, undefined);
      });
      if (closing === undefined) return app(request, response);
      response.writeHead(503, { Connection: 'close' }).end();
    },
  );
  server.on('connection', (socket) => socket.once('close', () => open.delete(socket)));
  server.maxConnections = maxConnections;
  const address = await listen(server, host, port);
  return {
    server,
    address,
    url: `http://${hostPort(address)}`,
    close() {
      closing ??= closeServer(server, open.values(), graceMs);
      return closing;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(new ListenError(host, port, error));
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve({ host, port: (server.address() as AddressInfo).port });
    });
  });
}

async function closeServer(server: Server, open: Iterable<ServerResponse | undefined>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const response of open) {
    if (response === undefined) continue;
    // a kept-alive socket is idle only after its answer: it would hold the server open
    response.once('close', () => setImmediate(() => server.closeIdleConnections()));
    if (isEventStream(response)) response.end();
  }
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(deadline);
}

function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream');
}

function explain(host: string, port: number, cause: NodeJS.ErrnoException): string {
  if (cause.code === 'EADDRINUSE')
    return `cannot listen on ${host}:${port}: another program has this port, perhaps another Signalbox; stop it, or choose another port (0 takes any free one)`;
  if (cause.code === 'EACCES')
    return `cannot listen on ${host}:${port}: not allowed, ports below 1024 need privileges; choose a higher port`;
  return `cannot listen on ${host}:${port}: ${cause.message}; this machine may not have the address, try 127.0.0.1`;
}
