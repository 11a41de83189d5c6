import { describe, expect, test } from 'vitest';
import type { MailSettings } from '../../src/config/notify.ts';
import type { Body, Sending } from '../../src/reporter/message.ts';
import { GiveUpError, RetryLaterError, SinkDownError } from '../../src/reporter/message.ts';
import { MailSink } from '../../src/reporter/notify/mail-sink.ts';
import type { NotifyBody } from '../../src/reporter/notify/message-body.ts';
import { SmtpFailure, sendBySmtp } from '../../src/reporter/notify/smtp.ts';
import { HOSTILE, notice } from '../support/notice.ts';
import { startSilentServer, startSmtp } from '../support/smtp.ts';
import { waitFor } from '../support/wait-for.ts';

function settings(change: Partial<MailSettings>): MailSettings {
  return {
    ...{
      smtp: 'smtp://127.0.0.1:9',
      from: 'Signalbox <ci@example.org>',
      user: null,
      password: null,
      passwordFile: null,
    },
    ...{ starttls: 'never', caFile: null, replyTo: null, only: null, people: new Map(), ...change },
  };
}

function body(change: Partial<NotifyBody> = {}): Body {
  return { to: 'ada@example.org', notice: notice(), why: 'A rule.', thread: '17.1', isFirst: true, ...change };
}

function sending(change: Partial<Sending> = {}): Sending {
  const composedAt = new Date('2026-01-01T12:00:00Z');
  return {
    sink: 'mail:smtp',
    key: '17.1.broken',
    attempt: 1,
    composedAt,
    more: [],
    signal: new AbortController().signal,
    ...change,
  };
}

describe('a mail', () => {
  test('arrives as text and HTML, with headers that say what it is', async () => {
    await using server = await startSmtp();
    await new MailSink(settings({ smtp: server.url })).send(body(), sending());
    const [taken] = server.mails;
    expect(taken).toMatchObject({ from: 'ci@example.org', to: ['ada@example.org'] });
    expect(taken?.mail).toMatchObject({
      subject: '[acme/shop] main is broken: 3 tests failed',
      from: { name: 'Signalbox', address: 'ci@example.org' },
      date: '2026-01-01T12:00:00.000Z',
    });
    expect(taken?.mail.text).toContain('Broken since 4f1c9ab by Ada Bergström');
    expect(taken?.mail.html).toContain('Broken since 4f1c9ab by Ada Bergström');
    const headers = new Map(taken?.mail.headers.map(({ key, value }) => [key, value]));
    expect(headers.get('auto-submitted')).toBe('auto-generated');
    expect(headers.get('x-signalbox-event')).toBe('broken');
  });

  test('carries the same Message-ID when it is sent twice, and its own for each recipient and event', async () => {
    await using server = await startSmtp();
    const sink = new MailSink(settings({ smtp: server.url }));
    await sink.send(body(), sending());
    await sink.send(body(), sending());
    await sink.send(body({ to: 'bo@example.org' }), sending());
    await sink.send(body({ isFirst: false }), sending({ key: '18.1.fixed' }));
    const [first, again, other, fixed] = server.mails.map(({ mail }) => mail);
    expect(first?.messageId).toMatch(/^<[0-9a-f]{32}@example\.org>$/);
    expect(again?.messageId).toBe(first?.messageId);
    expect(new Set([first, other, fixed].map((mail) => mail?.messageId)).size).toBe(3);
    // one conversation: both name the same beginning
    expect(fixed?.inReplyTo).toBe(first?.references);
    expect(fixed?.references).toBe(first?.references);
  });

  test('has no header that somebody else wrote', async () => {
    await using server = await startSmtp();
    const commit = { sha: '4f1c9ab', title: HOSTILE, author: `${HOSTILE} <a@example.org>` };
    const hostile = notice({
      repository: `a\r\nBcc: x@example.org/b`,
      ref: `refs/heads/${HOSTILE}`,
      workflow: HOSTILE,
      commit,
    });
    await new MailSink(settings({ smtp: server.url })).send(body({ notice: hostile }), sending());
    const [taken] = server.mails;
    expect(taken?.to).toEqual(['ada@example.org']);
    expect(taken?.mail.headers.map(({ key }) => key)).not.toContain('bcc');
    expect(taken?.mail.subject).toMatch(/^\[a Bcc: x@example.org\/b\]/);
  });

  test('of several that waited together is one', async () => {
    await using server = await startSmtp();
    const fixed = body({ notice: notice({ occasion: 'fixed' }) });
    const other = body({ notice: notice({ ref: 'refs/heads/dev' }) });
    await new MailSink(settings({ smtp: server.url })).send(body(), sending({ more: [fixed, other] }));
    expect(server.mails.map(({ mail }) => mail.subject)).toEqual(['[acme/shop] 1 broken, 1 green again']);
  });

  test('is sent with user and password where the server asks for them', async () => {
    const tried: string[] = [];
    await using server = await startSmtp({
      ...{ authOptional: false, allowInsecureAuth: true },
      onAuth({ username, password }, _session, done) {
        tried.push(`${username}:${password}`);
        done(password === 'right' ? null : new Error('no'), { user: username });
      },
    });
    const login = { smtp: server.url, user: 'ci', password: 'right' };
    await new MailSink(settings(login)).send(body(), sending());
    const wrong = new MailSink(settings({ ...login, password: 'wrong' })).send(body(), sending());
    await expect(wrong).rejects.toThrow(/does not take user and password of ci/);
    await expect(wrong).rejects.toBeInstanceOf(SinkDownError);
    expect(tried).toEqual(['ci:right', 'ci:wrong']);
  });

  test('goes over TLS where the server offers it, and not at all where it must and the server does not', async () => {
    await using server = await startSmtp({ secure: false });
    await new MailSink(settings({ smtp: server.url, starttls: 'auto' })).send(body(), sending());
    expect(server.mails[0]?.mail.headers.length).toBeGreaterThan(5);
    await using plain = await startSmtp({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
    const refused = new MailSink(settings({ smtp: plain.url, starttls: 'always' })).send(body(), sending());
    await expect(refused).rejects.toBeInstanceOf(SinkDownError);
    expect(plain.mails).toEqual([]);
  });
});

describe('a server that does not take it', () => {
  test.each([
    [451, 'greylisted, come again', RetryLaterError],
    [550, 'no such user', GiveUpError],
    [421, 'shutting down', SinkDownError],
  ])('with %d %s', async (code, words, outcome) => {
    await using server = await startSmtp();
    server.refuse.set('ada@example.org', { code, words });
    const sent = new MailSink(settings({ smtp: server.url })).send(body(), sending());
    await expect(sent).rejects.toBeInstanceOf(outcome);
    await expect(sent).rejects.toThrow(words);
  });

  test('since nobody listens there, is down, in words', async () => {
    const sent = new MailSink(settings({ smtp: 'smtp://127.0.0.1:1' })).send(body(), sending());
    await expect(sent).rejects.toBeInstanceOf(SinkDownError);
    await expect(sent).rejects.toThrow(/127\.0\.0\.1:1 cannot be reached/);
  });

  test.each([
    ['and never greets', ''],
    ['and says nothing after its greeting', '220 ready\r\n'],
  ])('%s, is given up in words, and its connection closed', async (_, greeting) => {
    await using server = await startSilentServer(greeting);
    const { signal } = new AbortController();
    const mail = { to: 'a@example.org', bytes: Buffer.from('x'), password: null, ca: null, signal, silenceMs: 150 };
    const sent = sendBySmtp(settings({ smtp: `smtp://127.0.0.1:${server.port}` }), mail);
    await expect(sent).rejects.toBeInstanceOf(SmtpFailure);
    await expect(sent).rejects.toThrow(/said nothing for too long/);
    await waitFor('the end of the connection', () => server.sockets.size === 0);
  });

  test('while the reporter stops, is left at once', async () => {
    await using server = await startSilentServer();
    const stop = new AbortController();
    const mail = { to: 'a@example.org', bytes: Buffer.from('x'), password: null, ca: null, signal: stop.signal };
    const sent = sendBySmtp(settings({ smtp: `smtp://127.0.0.1:${server.port}` }), mail);
    const outcome = expect(sent).rejects.toBeInstanceOf(SmtpFailure);
    await waitFor('a connection', () => server.sockets.size === 1);
    stop.abort();
    await outcome;
    await waitFor('the end of the connection', () => server.sockets.size === 0);
  });
});
