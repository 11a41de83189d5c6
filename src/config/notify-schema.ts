import * as z from 'zod';
import { listOf, MAPPING, oneOf, path, text, url, wholeNumber } from './leaves.ts';
import { CHATS, NOTIFY_WHEN } from './notify.ts';

const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
/** No spaces, brackets, quotes or control characters: what is taken here goes into the header of a mail as it is. */
const ADDRESS = /^[^\s<>()[\]\\,;:@"\p{Cc}]{1,64}@[^\s<>()[\]\\,;:@"\p{Cc}]{1,255}$/u;
const SENDER = /^(?:[^<>"\p{Cc}]* )?<[^\s<>@]+@[^\s<>@]+>$/u;

/** A mail address that can be sent to as it stands. */
export function isAddress(value: string): boolean {
  return ADDRESS.test(value);
}

const ADDRESS_WORDS = 'a mail address, like ada@example.org';
const address = z.string(ADDRESS_WORDS).refine(isAddress, { error: ADDRESS_WORDS });
const RECIPIENT_WORDS = 'a mail address, "author" or "owners"';
const recipient = z
  .string(RECIPIENT_WORDS)
  .refine((value) => value === 'author' || value === 'owners' || isAddress(value), { error: RECIPIENT_WORDS });
const SENDER_WORDS = 'a mail address, like ci@example.org or Signalbox <ci@example.org>';
const sender = z
  .string(SENDER_WORDS)
  .refine((value) => isAddress(value) || SENDER.test(value), { error: SENDER_WORDS });

const time = z.string('a time, like "22:00"').regex(TIME, 'a time, like "22:00"');
const ZONE_WORDS = 'a time zone, like Europe/Berlin';
const timezone = z.string(ZONE_WORDS).refine(isTimezone, { error: ZONE_WORDS });

const quiet = z.strictObject(
  { from: time, to: time, timezone: timezone.optional() },
  'a mapping, like { from: "22:00", to: "07:00", timezone: Europe/Berlin }',
);

const DIGEST_WORDS = 'hourly, daily, or a time of the day, like { at: "08:30", timezone: Europe/Berlin }';
const digest = z.union(
  [z.enum(['hourly', 'daily']), z.strictObject({ at: time, timezone: timezone.optional() })],
  DIGEST_WORDS,
);

const HOOK_WORDS = 'a URL, like https://hooks.example.org/services/…, or { url_file: FILE }';
const hook = z.union([url(HOOK_WORDS, /^https?$/), z.strictObject({ url_file: path })], HOOK_WORDS);

/** What a rule may be sent to; each rule names one. */
export const SINKS = ['mail', ...CHATS, 'webhook'] as const;
const RULE_WORDS = `a rule with exactly one of ${SINKS.join(', ')}, like { mail: ada@example.org, on: [broken, fixed] }`;

const rule = z
  .strictObject(
    {
      mail: listOf(recipient, 'a mail address, "author", "owners", or a list of them').optional(),
      slack: hook.optional(),
      mattermost: hook.optional(),
      discord: hook.optional(),
      teams: hook.optional(),
      webhook: hook.optional(),
      secret_file: path.optional(),
      on: listOf(oneOf(NOTIFY_WHEN), `a list of when: ${NOTIFY_WHEN.join(', ')}`).optional(),
      branches: listOf(text('a pattern of branches'), 'a list of patterns of branches').optional(),
      quiet: quiet.optional(),
      digest: digest.optional(),
      per_hour: wholeNumber(1, 100_000).optional(),
    },
    RULE_WORDS,
  )
  .refine((said) => SINKS.filter((sink) => said[sink] !== undefined).length === 1, {
    error: RULE_WORDS,
    // a key that is not known is the better thing to say
    when: ({ issues }) => issues.length === 0,
  })
  .refine((said) => said.secret_file === undefined || said.webhook !== undefined, {
    error: 'without secret_file, or with webhook: nothing else is signed',
  });

/** The rules of a repository, or of all. */
export const notifySchema = z.array(rule, 'a list of rules, like [{ mail: ada@example.org, on: [broken, fixed] }]');

/** How mail leaves this machine. */
export const mailSchema = z
  .strictObject(
    {
      smtp: url('a URL, like smtp://127.0.0.1:25', /^smtps?$/),
      from: sender,
      user: text('a user name').optional(),
      password_file: path.optional(),
      starttls: oneOf(['auto', 'always', 'never']).optional(),
      ca_file: path.optional(),
      reply_to: sender.optional(),
      only: listOf(text('a pattern of addresses'), 'a list of patterns of addresses, like "*@example.org"').optional(),
      people: z
        .record(z.string(), listOf(address, ADDRESS_WORDS), 'a mapping of names in CODEOWNERS to mail addresses')
        .optional(),
    },
    MAPPING,
  )
  .refine((said) => said.password_file === undefined || hasUser(said), {
    error: 'a mapping in which password_file comes with user',
  });

function hasUser({ user, smtp }: { readonly user?: string | undefined; readonly smtp: string }): boolean {
  return user !== undefined || new URL(smtp).username !== '';
}

function isTimezone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

export type RuleInFile = z.output<typeof rule>;
export type MailInFile = z.output<typeof mailSchema>;
