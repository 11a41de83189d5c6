import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { systemClock } from '../support/clock.ts';
import type { HostPort } from '../support/host-port.ts';
import { ListenError } from '../support/http-server.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-code.ts';
import { harmless, oneLine } from './harmless.ts';
import { stopSignals } from './signals.ts';

/** Largest mail that is taken. */
const MAX_BYTES = 10 * 1024 * 1024;

/** A mail server for trying things: takes everything, keeps nothing, prints what comes, until it is told to end. */
export async function printMails({ terminal }: Context, { host, port }: HostPort, isJson: boolean): Promise<number> {
  const server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['AUTH', 'STARTTLS'], disableReverseLookup: true, size: MAX_BYTES },
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        PostalMime.parse(Buffer.concat(parts)).then((mail) => {
          if (isJson)
            terminal.json({
              to,
              subject: mail.subject ?? '',
              message_id: mail.messageId ?? null,
              text: mail.text ?? '',
            });
          else
            terminal.line(
              `To: ${oneLine(to.join(', '))}\nSubject: ${oneLine(mail.subject ?? '')}\n\n${harmless(mail.text ?? '')}`,
            );
          done();
        }, done);
      });
    },
  });
  const signals = stopSignals(systemClock);
  try {
    server.on('error', () => {}); // a client that breaks off is its own affair
    server.listen(port, host);
    await once(server.server, 'listening').catch((cause: unknown) => {
      throw new ListenError(host, port, cause as NodeJS.ErrnoException);
    });
    const { port: real } = server.server.address() as AddressInfo;
    terminal.say(`takes mail at smtp://${host}:${real} and prints it here; Ctrl-C ends it`);
    await signals.drain;
    return EXIT.done;
  } finally {
    signals.release();
    server.close();
  }
}
