import { CiError, messageOf } from '../support/ci-error.ts';
import type { HostPort } from '../support/host-port.ts';

/** The address that was asked for cannot be had. */
export class AddressTakenError extends CiError {
  override readonly name = 'AddressTakenError';
  readonly code = 'E_PORT_IN_USE';
  constructor({ host, port }: HostPort, flag: Flag, cause: unknown) {
    super(
      `port ${port} of ${host} is in use by another program; stop it, or choose another one with ${flag.name} HOST:PORT ` +
        `or ${flag.variable} (port 0: any free one)`,
      { cause },
    );
  }
}

/** The address that was asked for cannot be listened on. */
export class CannotListenError extends CiError {
  override readonly name = 'CannotListenError';
  readonly code = 'E_LISTEN';
  constructor({ host, port }: HostPort, flag: Flag, cause: unknown) {
    const why = messageOf(cause instanceof Error && cause.cause !== undefined ? cause.cause : cause);
    super(`cannot listen on ${host}:${port} (${why}); choose another address with ${flag.name} or ${flag.variable}`, {
      cause,
    });
  }
}

interface Flag {
  readonly name: string;
  readonly variable: string;
}

export const HTTP_FLAG: Flag = { name: '--http', variable: 'SIGNALBOX_HTTP' };
export const DISPATCHER_FLAG: Flag = { name: '--dispatcher', variable: 'SIGNALBOX_DISPATCHER' };

/** Does what listens on `address`; if that cannot be, the error says by which flag another one is chosen. */
export async function listening<T>(address: HostPort, flag: Flag, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    const code = error instanceof CiError ? error.code : '';
    if (code === 'E_PORT_IN_USE') throw new AddressTakenError(address, flag, error);
    if (code === 'E_LISTEN') throw new CannotListenError(address, flag, error);
    throw error;
  }
}
