import { resolve } from 'node:path';
import {
  CHATS,
  DEFAULT_PER_HOUR,
  DEFAULT_WHEN,
  DIGEST_AT,
  type Digest,
  type HookAddress,
  type MailSettings,
  type NotifyRule,
  type NotifyTarget,
  type QuietHours,
} from './notify.ts';
import type { MailInFile, RuleInFile } from './notify-schema.ts';

/** A rule as the file says it. `folder`: that of the file, which paths are relative to. */
export function toRule(said: RuleInFile, folder: string): NotifyRule {
  return Object.freeze({
    target: toTarget(said, folder),
    on: said.on ?? DEFAULT_WHEN,
    branches: said.branches ?? null,
    quiet: said.quiet === undefined ? null : toQuiet(said.quiet),
    digest: said.digest === undefined ? null : toDigest(said.digest, said.quiet?.timezone),
    perHour: said.per_hour ?? (said.webhook === undefined ? DEFAULT_PER_HOUR : null),
  });
}

/** How mail is sent, as the file says it. Name and password of the URL are taken out of it. */
export function toMail(said: MailInFile, folder: string): MailSettings {
  const url = new URL(said.smtp);
  const file = (path: string | undefined) => (path === undefined ? null : resolve(folder, path));
  return Object.freeze({
    smtp: `${url.protocol}//${url.host}`,
    from: said.from,
    user: said.user ?? (decodeURIComponent(url.username) || null),
    password: decodeURIComponent(url.password) || null,
    passwordFile: file(said.password_file),
    starttls: said.starttls ?? 'auto',
    caFile: file(said.ca_file),
    replyTo: said.reply_to ?? null,
    only: said.only ?? null,
    people: new Map(Object.entries(said.people ?? {}).map(([name, addresses]) => [name.toLowerCase(), addresses])),
  });
}

function toTarget(said: RuleInFile, folder: string): NotifyTarget {
  if (said.mail !== undefined) return { kind: 'mail', to: said.mail };
  const address = (hook: NonNullable<RuleInFile['slack']>): HookAddress =>
    typeof hook === 'string' ? { url: hook } : { file: resolve(folder, hook.url_file) };
  for (const kind of CHATS) {
    const hook = said[kind];
    if (hook !== undefined) return { kind, address: address(hook) };
  }
  if (said.webhook === undefined) throw new Error('a rule without a sink passed the schema');
  const secretFile = said.secret_file === undefined ? null : resolve(folder, said.secret_file);
  return { kind: 'webhook', address: address(said.webhook), secretFile };
}

function toQuiet({ from, to, timezone }: NonNullable<RuleInFile['quiet']>): QuietHours {
  return { from: minutesOf(from), to: minutesOf(to), timezone: timezone ?? here() };
}

function toDigest(said: NonNullable<RuleInFile['digest']>, quietZone: string | undefined): Digest {
  if (said === 'hourly') return said;
  const isTime = typeof said === 'object';
  const timezone = (isTime ? said.timezone : undefined) ?? quietZone ?? here();
  return { minutes: isTime ? minutesOf(said.at) : DIGEST_AT, timezone };
}

/** `08:30` */
function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

/** The zone of the machine. */
function here(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
