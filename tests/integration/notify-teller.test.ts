import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/reporter/message.ts';
import { MailSink } from '../../src/reporter/notify/mail-sink.ts';
import { notifyBodySchema } from '../../src/reporter/notify/message-body.ts';
import { PostOffice } from '../../src/reporter/post-office.ts';
import { createLogger } from '../../src/support/logger.ts';
import { apiRun, startTelling, type TestTelling } from '../support/notify.ts';
import { startSmtp } from '../support/smtp.ts';
import { waitFor } from '../support/wait-for.ts';

const MAIL = 'mail: { smtp: smtp://127.0.0.1:25, from: ci@example.org }\n';
const rules = (text: string) => `${MAIL}repositories: { acme/shop: { notify: ${text} } }\n`;

/** `broken a2@example.org`: what is said to whom. */
function said(messages: readonly Message[]): string[] {
  return messages.map(({ body, sink }) => {
    const { notice, to } = notifyBodySchema.parse(body);
    return `${notice.occasion} ${to ?? sink.split(':')[0]}`;
  });
}

describe('who is told of what', () => {
  test('a list hears when it breaks and when it is fixed, with the failing step and its log', async () => {
    await using telling = await startTelling(rules('[{ mail: [x@example.org, y@example.org] }]'));
    expect(await telling.completed(apiRun(1, 'success'))).toEqual([]);
    const broken = await telling.completed(apiRun(2, 'failure'));
    expect(said(broken)).toEqual(['broken x@example.org', 'broken y@example.org']);
    expect(notifyBodySchema.parse(broken[0]?.body).notice).toMatchObject({
      since: { number: 2, url: 'http://127.0.0.1:8080/runs/102' },
      failure: { step: 'npm test', exit: 'exit code 1', lines: ['npm test', 'AssertionError'] },
    });
    expect(said(await telling.completed(apiRun(3, 'failure')))).toEqual([]);
    telling.clock.advance(3_600_000);
    const fixed = await telling.completed(apiRun(4, 'success'));
    expect(said(fixed)).toEqual(['fixed x@example.org', 'fixed y@example.org']);
    expect(notifyBodySchema.parse(fixed[0]?.body).notice.brokenForMs).toBe(3_600_000);
  });

  test('the author of the first bad commit hears of it, and of its end, whoever mends it', async () => {
    await using telling = await startTelling(rules('[{ mail: author }]'));
    await telling.completed(apiRun(1, 'success'));
    expect(said(await telling.completed(apiRun(2, 'failure')))).toEqual(['broken a2@example.org']);
    expect(said(await telling.completed(apiRun(3, 'success')))).toEqual(['fixed a2@example.org']);
  });

  test('a culprit that is found later is told to both', async () => {
    await using telling = await startTelling(rules('[{ mail: author }, { slack: https://hooks.example.org/x }]'));
    await telling.completed(apiRun(1, 'success'));
    const late = apiRun(5, 'failure');
    const since = { ...late.broken_since!, is_certain: false, untested: 3 };
    expect(said(await telling.completed({ ...late, broken_since: since }))).toEqual([
      'broken a5@example.org',
      'broken slack',
    ]);
    telling.runs.set(105, { ...late, broken_since: apiRun(3, 'failure').broken_since });
    const found = await telling.completed(apiRun(3, 'failure', { purpose: 'to find since when main is broken' }));
    expect(said(found)).toEqual(['moved a3@example.org', 'moved a5@example.org', 'moved slack']);
    expect(notifyBodySchema.parse(found[0]?.body).notice).toMatchObject({
      since: { number: 3 },
      instead: { author: late.author },
    });
    expect(said(await telling.completed(apiRun(6, 'success')))).toEqual([
      'fixed a5@example.org',
      'fixed a3@example.org',
      'fixed slack',
    ]);
  });

  test('owners are found by what CODEOWNERS names them, within the addresses that are allowed', async () => {
    const people = "people: { '@acme/core': [core@example.org, core@elsewhere.org] }, only: '*@example.org'";
    await using telling = await startTelling(
      rules('[{ mail: owners }]').replace('from: ci@example.org', `from: ci@example.org, ${people}`),
      ['@Acme/Core', 'lead@example.org', '@unknown'],
    );
    expect(said(await telling.completed(apiRun(2, 'failure')))).toEqual([
      'broken core@example.org',
      'broken lead@example.org',
    ]);
  });

  test('two rules that name the same address send it one mail', async () => {
    await using telling = await startTelling(rules('[{ mail: a2@example.org }, { mail: author }]'));
    await telling.completed(apiRun(2, 'failure'));
    expect(await waitingOf(telling)).toEqual(['102.1.broken:a2@example.org']);
  });

  test('a run that is tried again says nothing until it is over; of a deleted branch everything is forgotten', async () => {
    await using telling = await startTelling(rules('[{ mail: x@example.org }]'));
    await telling.completed(apiRun(2, 'failure'));
    expect(await telling.completed(apiRun(2, null, { status: 'in_progress', attempt: 2 }))).toEqual([]);
    await telling.event({ type: 'ref.deleted', data: { ref: 'refs/heads/main' } });
    expect(said(await telling.completed(apiRun(3, 'success')))).toEqual([]);
  });
});

test('a branch that is taken back to a commit that passed is mended, and breaks anew afterwards', async () => {
  await using telling = await startTelling(rules('[{ mail: x@example.org }]'));
  const passed = apiRun(1, 'success');
  await telling.completed(passed);
  await telling.completed(apiRun(2, 'failure'));
  const back = {
    type: 'ref.moved',
    data: { ref: 'refs/heads/main', before: apiRun(2, 'failure').sha, after: passed.sha },
  };
  expect(said(await telling.event(back))).toEqual(['fixed x@example.org']);
  expect(await telling.event(back)).toEqual([]);
  expect(said(await telling.completed(apiRun(3, 'failure')))).toEqual(['broken x@example.org']);
});

describe('when it is told', () => {
  test('in quiet hours it waits for their end, and what waited together comes together', async () => {
    const quiet = 'quiet: { from: "11:00", to: "14:00", timezone: UTC }';
    await using server = await startSmtp();
    await using telling = await startTelling(
      rules(`[{ mail: x@example.org, ${quiet} }]`).replace('smtp://127.0.0.1:25', server.url),
    );
    const [broken] = await telling.completed(apiRun(2, 'failure'));
    expect(broken?.notBefore?.toISOString()).toBe('2026-01-01T14:00:00.000Z');
    await telling.completed(apiRun(3, 'success'));
    await telling.completed(apiRun(4, 'failure', { ref: 'refs/heads/other' }));
    await using office = await startOffice(telling, server.url);
    telling.clock.advance(2 * 3_600_000);
    office.wake();
    await server.taken(1);
    await waitFor('the outbox to be empty', async () => (await waitingOf(telling)).length === 0);
    // broken and mended meanwhile: only the end of the story is told
    expect(server.mails.map(({ mail }) => mail.subject)).toEqual(['[acme/shop] main is green again, after 0 ms']);
    expect(server.mails[0]?.mail.text).toContain('1 earlier verdict left out');
    expect(new Date(server.mails[0]?.mail.date ?? 0), 'when it was let go').toEqual(telling.clock.now());
  });

  test('a digest comes at its time', async () => {
    await using telling = await startTelling(
      rules('[{ mail: x@example.org, digest: { at: "08:30", timezone: UTC } }]'),
    );
    const [message] = await telling.completed(apiRun(2, 'failure'));
    expect(message).toMatchObject({ bundle: 'held:x@example.org', notBefore: new Date('2026-01-02T08:30:00Z') });
  });
});

describe('how much is told', () => {
  test('what is more than its recipient gets within an hour comes together when it is over, and says so', async () => {
    await using server = await startSmtp();
    await using telling = await startTelling(
      rules('[{ mail: [x@example.org, y@example.org], on: always, per_hour: 3 }]').replace(
        'smtp://127.0.0.1:25',
        server.url,
      ),
    );
    const held = (messages: readonly Message[]) => messages.map(({ notBefore }) => notBefore?.toISOString());
    for (const number of [2, 3, 4])
      expect(held(await telling.completed(apiRun(number, 'failure')))).toEqual([undefined, undefined]);
    for (const number of [5, 6])
      expect(held(await telling.completed(apiRun(number, 'failure')))).toEqual(
        Array(2).fill('2026-01-01T13:00:00.000Z'),
      );
    await using office = await startOffice(telling, server.url);
    await server.taken(6);
    // noted as well: the clock that moves on would end a try that is under way
    await waitFor('the six to be noted', async () => (await waitingOf(telling)).length === 4);
    telling.clock.advance(3_600_000);
    office.wake();
    await waitFor('the outbox to be empty', async () => (await waitingOf(telling)).length === 0);
    const together = server.mails.slice(6);
    expect(together).toHaveLength(2);
    expect(together[0]?.mail.text).toContain('1 earlier verdict left out');
    expect(together[0]?.mail.text).toContain('There had been 3 messages within the hour');
    expect(held(await telling.completed(apiRun(7, 'failure')))).toEqual([undefined, undefined]); // a new hour
  });

  test('a rule of `defaults` is said to be one for all repositories', async () => {
    await using telling = await startTelling(`${MAIL}defaults: { notify: [{ mail: x@example.org }] }\n`);
    const [message] = await telling.completed(apiRun(2, 'failure'));
    expect(message?.body.why).toBe(
      'You get this because a rule for all repositories is "mail x@example.org", on broken, fixed, error.',
    );
  });
});

test('a crash between sending and noting that sends the same mail again, with the same Message-ID', async () => {
  await using server = await startSmtp();
  await using telling = await startTelling(
    rules('[{ mail: x@example.org }]').replace('smtp://127.0.0.1:25', server.url),
  );
  await telling.completed(apiRun(2, 'failure'));
  const due = await telling.outbox.next('mail:smtp', telling.clock.now(), 30);
  const { key, composedAt, body, more } = due!;
  const { signal } = new AbortController();
  // sent, and then the process dies before the outbox knows
  await mailSink(server.url).send(body, { sink: 'mail:smtp', key, attempt: 1, composedAt, more, signal });
  await using _office = await startOffice(telling, server.url);
  await server.taken(2);
  await waitFor('the outbox to be empty', async () => (await waitingOf(telling)).length === 0);
  const [first, again] = server.mails.map(({ mail }) => mail.messageId);
  expect(again).toBe(first);
  // and the event, read again, makes no third one
  await telling.event({ run: 102 });
  expect(await waitingOf(telling)).toEqual([]);
});

function mailSink(smtp: string): MailSink {
  return new MailSink({
    ...{ smtp, from: 'ci@example.org', user: null, password: null, passwordFile: null, starttls: 'never' },
    ...{ caFile: null, replyTo: null, only: null, people: new Map() },
  });
}

/** The lanes over the outbox of a test. */
async function startOffice({ outbox, clock }: TestTelling, smtp: string) {
  const sinks = new Map([['mail', mailSink(smtp)]]);
  const office = new PostOffice({
    outbox,
    clock,
    sinks,
    logger: createLogger('silent'),
    random: () => 0,
    onChange: () => {},
  });
  await office.start();
  return {
    wake: () => void office.wake(['mail:smtp']),
    [Symbol.asyncDispose]: () => office.stop(),
  };
}

/** Keys of the messages that wait. */
async function waitingOf({ outbox }: TestTelling): Promise<string[]> {
  const rows = await outbox.read((db) =>
    db.selectFrom('messages').select('key').where('state', '=', 'waiting').execute(),
  );
  return rows.map(({ key }) => key);
}
