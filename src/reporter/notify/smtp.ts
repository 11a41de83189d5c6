import { once } from 'node:events';
import { Socket } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { MailSettings } from '../../config/notify.ts';
import { oneLine } from '../../support/harmless.ts';
import { VERSION } from '../../support/version.ts';
import { clip } from './words.ts';

/** Bounds, in milliseconds: until the connection stands, until the server greets, and of each silence after that. */
const CONNECT_MS = 10_000;
const GREETING_MS = 10_000;
const SILENCE_MS = 30_000;

/** How far it came. */
export type SmtpStage = 'connect' | 'hello' | 'login' | 'sender' | 'recipient' | 'data';

/** A mail could not be handed over. */
export class SmtpFailure extends Error {
  override readonly name = 'SmtpFailure';
  /** Reply code of the server; null: it gave none. */
  readonly status: number | null;
  readonly stage: SmtpStage;
  constructor(message: string, stage: SmtpStage, status: number | null, options?: ErrorOptions) {
    super(message, options);
    this.stage = stage;
    this.status = status;
  }
}

/** One mail for one recipient. */
export interface SmtpMail {
  readonly to: string;
  readonly bytes: Buffer;
  readonly password: string | null;
  /** Certificates that are trusted beside those of the system. */
  readonly ca: string | null;
  readonly signal: AbortSignal;
  /** Bounds, in milliseconds; for tests. */
  readonly silenceMs?: number;
}

/** Hands one mail to the server, on a connection of its own that is gone when this is over. @throws {SmtpFailure} */
export async function sendBySmtp(settings: MailSettings, mail: SmtpMail): Promise<void> {
  const { signal } = mail;
  const socket = new Socket();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('it was broken off')), { once: true });
  });
  aborted.catch(() => {});
  const reached: { stage: SmtpStage } = { stage: 'connect' };
  try {
    signal.throwIfAborted();
    await Promise.race([talk(socket, settings, mail, reached), aborted]);
  } catch (error) {
    throw failureOf(error, reached.stage, settings);
  } finally {
    // the library only half-closes, which a server that hangs never answers
    socket.destroy();
  }
}

/** The whole exchange. Errors of the connection come through its `error` event, those of a step through its callback. */
async function talk(
  socket: Socket,
  settings: MailSettings,
  mail: SmtpMail,
  reached: { stage: SmtpStage },
): Promise<void> {
  const options = optionsOf(settings, mail);
  await opened(socket, options);
  const connection = new SMTPConnection({ ...options, connection: socket });
  const broken = once(connection, 'error').then(([error]) => Promise.reject(error));
  broken.catch(() => {});
  connection.on('error', () => {}); // one that comes after the end must not end the process
  const step = (work: (done: (error?: Error | null) => void) => void) =>
    Promise.race([
      broken,
      new Promise<void>((resolve, reject) => work((error) => (error ? reject(error) : resolve()))),
    ]);
  await step((done) => connection.connect((error) => done(error)));
  const { user } = settings;
  if (user !== null) {
    reached.stage = 'login';
    await step((done) => connection.login({ user, pass: mail.password ?? '' }, done));
  }
  reached.stage = 'data';
  const envelope = { from: addressIn(settings.from), to: mail.to };
  await step((done) => connection.send(envelope, mail.bytes, (error) => done(error)));
  connection.quit();
}

async function opened(socket: Socket, { host, port, connectionTimeout }: SMTPConnection.Options): Promise<void> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), connectionTimeout);
  socket.on('error', () => {});
  try {
    socket.connect({ host: host ?? '127.0.0.1', port: Number(port) });
    await once(socket, 'connect', { signal: timeout.signal });
  } catch (error) {
    if (!timeout.signal.aborted) throw error;
    throw Object.assign(new Error('no connection'), { code: 'ETIMEDOUT' });
  } finally {
    clearTimeout(timer);
  }
}

function optionsOf({ smtp, starttls }: MailSettings, { ca, silenceMs }: SmtpMail): SMTPConnection.Options {
  const { protocol, hostname, port } = new URL(smtp);
  const isSecure = protocol === 'smtps:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const isOwn = host === 'localhost' || host === '::1' || host.startsWith('127.');
  return {
    host,
    port: port === '' ? (isSecure ? 465 : 25) : Number(port),
    secure: isSecure,
    ignoreTLS: starttls === 'never',
    requireTLS: starttls === 'always',
    connectionTimeout: silenceMs ?? CONNECT_MS,
    greetingTimeout: silenceMs ?? GREETING_MS,
    socketTimeout: silenceMs ?? SILENCE_MS,
    dnsTimeout: CONNECT_MS,
    // the certificate that a mail server makes for itself says nothing to nobody; on this machine nobody is between
    tls: { ...(ca === null ? {} : { ca }), rejectUnauthorized: !isOwn || ca !== null },
  };
}

/** The address in `Signalbox <ci@example.org>`. */
function addressIn(from: string): string {
  return /<([^<>]+)>$/.exec(from)?.[1] ?? from;
}

interface NodemailerError extends Error {
  readonly code?: string;
  readonly command?: string;
  readonly response?: string;
  readonly responseCode?: number;
}

function failureOf(error: unknown, reached: SmtpStage, { smtp, user }: MailSettings): SmtpFailure {
  const { message, code, command = '', response, responseCode } = error as NodemailerError;
  const server = new URL(smtp).host;
  const stage = stageOf(command, reached);
  const said = response === undefined ? '' : `: ${clip(oneLine(response), 300)}`;
  const words = ((): string => {
    if (code === 'EAUTH') return `${server} does not take user and password of ${user ?? 'nobody'}${said}`;
    if (code === 'ETIMEDOUT') return `${server} said nothing for too long; is it a mail server, and is it well?`;
    if (code === 'ETLS')
      return `${server} and this program find no common TLS (${oneLine(message)}); see starttls and ca_file`;
    if (responseCode === undefined) return `${server} cannot be reached, or broke off: ${clip(oneLine(message), 300)}`;
    return `${server} refused ${REFUSED[stage]}${said}`;
  })();
  return new SmtpFailure(words, stage, responseCode ?? null, { cause: error });
}

const REFUSED: Readonly<Record<SmtpStage, string>> = {
  connect: 'the connection',
  hello: 'the greeting',
  login: 'the login',
  sender: 'the sender',
  recipient: 'the recipient',
  data: 'the mail',
};

function stageOf(command: string, reached: SmtpStage): SmtpStage {
  if (/^MAIL/i.test(command)) return 'sender';
  if (/^RCPT/i.test(command)) return 'recipient';
  if (/^(?:DATA|BDAT)/i.test(command)) return 'data';
  if (/^(?:EHLO|HELO|LHLO|STARTTLS)/i.test(command)) return 'hello';
  if (/^AUTH/i.test(command)) return 'login';
  return reached;
}

/** How we call ourselves where a name is asked for. */
export const USER_AGENT = `Signalbox/${VERSION}`;
