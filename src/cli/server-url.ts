import { type HostPort, hostPort } from '../support/host-port.ts';

/** `http://127.0.0.1:8080`; one that listens everywhere is reached on loopback. */
export function serverUrl(address: HostPort): string {
  return `http://${hostPort(address)}`;
}

/** The door for pushes, of a server. */
export function webhooksUrl(server: string): string {
  return `${server}/webhooks`;
}
