import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { MailSettings } from '../../config/notify.ts';
import { messageOf } from '../../support/ci-error.ts';
import { type Body, GiveUpError, RetryLaterError, type Sending, type Sink, SinkDownError } from '../message.ts';
import { digestSubject } from './digest.ts';
import { mailHtml } from './mail-html.ts';
import { mailText } from './mail-text.ts';
import { type NotifyBody, notifyBodySchema } from './message-body.ts';
import { SmtpFailure, sendBySmtp } from './smtp.ts';
import { tellingOfBodies } from './telling.ts';

/** Sends mail: text and HTML, one recipient each, so that one that is refused holds up no other. */
export class MailSink implements Sink {
  readonly #settings: MailSettings;

  constructor(settings: MailSettings) {
    this.#settings = settings;
  }

  async send(body: Body, { key, composedAt, more, signal }: Sending): Promise<void> {
    const [first, ...others] = [body, ...more].map((one) => notifyBodySchema.parse(one));
    if (first?.to == null) throw new GiveUpError('the message names no recipient');
    const bytes = await mailOf(this.#settings, [first, ...others], key, composedAt);
    const password = await passwordOf(this.#settings);
    const { caFile } = this.#settings;
    const ca = caFile === null ? null : await readOr(caFile, (why) => new SinkDownError(`ca_file: ${why}`));
    try {
      await sendBySmtp(this.#settings, { to: first.to, bytes, password, ca, signal });
    } catch (error) {
      throw error instanceof SmtpFailure ? outcomeOf(error) : error;
    }
  }
}

/** The whole mail. The same key makes the same Message-ID, so that one that comes twice after a crash is known for it. */
export async function mailOf(
  { from, replyTo }: Pick<MailSettings, 'from' | 'replyTo'>,
  bodies: readonly [NotifyBody, ...NotifyBody[]],
  key: string,
  date: Date,
): Promise<Buffer> {
  const [{ to, thread, isFirst, notice }] = bodies;
  const telling = tellingOfBodies(bodies);
  const id = (text: string) => messageId(text, from);
  const isAlone = bodies.length === 1;
  // all mails of a breakage answer one that need not exist: programs show them as one conversation
  const root = thread === null || !isAlone ? undefined : id(`thread ${notice.repository} ${thread} ${to}`);
  const composer = new MailComposer({
    ...{ from, to: to ?? undefined, date, subject: digestSubject(telling.notices) },
    ...{ text: mailText(telling), html: mailHtml(telling), messageId: id(`${key} ${to}`) },
    ...(replyTo === null ? {} : { replyTo }),
    ...(root === undefined ? {} : { references: root, ...(isFirst ? {} : { inReplyTo: root }) }),
    headers: {
      // RFC 3834: no answering machine answers, and none of ours is answered
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Signalbox-Repository': notice.repository,
      'X-Signalbox-Event': isAlone ? notice.occasion : 'digest',
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return new Promise((resolve, reject) => {
    composer.compile().build((error, message) => (error === null ? resolve(message) : reject(error)));
  });
}

/** `<32 digits@domain of the sender>` */
function messageId(text: string, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?$/.exec(from)?.[1] ?? 'signalbox.invalid';
  return `<${createHash('sha256').update(text).digest('hex').slice(0, 32)}@${domain}>`;
}

async function passwordOf({ password, passwordFile }: MailSettings): Promise<string | null> {
  if (passwordFile === null) return password;
  return (await readOr(passwordFile, (why) => new SinkDownError(`password_file: ${why}`))).trim();
}

async function readOr(file: string, failure: (why: string) => Error): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw failure(messageOf(error));
  }
}

/** What a refusal means for this mail, and for those after it. */
function outcomeOf({ message, status, stage, cause }: SmtpFailure): Error {
  const options = { cause };
  if (status === null || status === 421 || stage === 'login' || stage === 'hello')
    return new SinkDownError(message, options);
  // who may not send as `from` may send nothing: whoever puts that right wants the mails that waited
  if (stage === 'sender') return new SinkDownError(message, options);
  if (status >= 500) return new GiveUpError(message, options);
  return new RetryLaterError(message, { ...options, isSinkWell: true });
}
