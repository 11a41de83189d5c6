import type { HostPort } from '../config/config.ts';

/** `http://127.0.0.1:8080`; one that listens everywhere is reached on loopback. */
export function serverUrl(address: HostPort): string {
  return `http://${hostPort(address)}`;
}

/** `127.0.0.1:8888`, `[::1]:8888`. */
export function hostPort({ host, port }: HostPort): string {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}

/** The door for pushes, of a server. */
export function webhooksUrl(server: string): string {
  return `${server}/webhooks`;
}

/** The two halves of `HOST:PORT`, as {@link hostPort} writes it. */
export function parseHostPort(text: string): HostPort {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}
