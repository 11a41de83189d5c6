/** Where something listens, or is reached. Port 0, to listen: any free one. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Hosts that stand for all addresses of a machine, and where such a server is reached from that machine. */
const EVERYWHERE: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

/** Does who listens there listen on all addresses of the machine? */
export function isEverywhere(host: string): boolean {
  return EVERYWHERE.has(host);
}

/** `127.0.0.1:8888`, `[::1]:8888`; one that listens everywhere is reached on loopback. */
export function hostPort({ host, port }: HostPort): string {
  return `${bracketed(EVERYWHERE.get(host) ?? host)}:${port}`;
}

/** A host as it stands in a URL: `[::1]`. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The two halves of `HOST:PORT`, as {@link hostPort} writes it. */
export function parseHostPort(text: string): HostPort {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}
