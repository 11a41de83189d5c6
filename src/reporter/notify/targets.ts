import { createHash } from 'node:crypto';
import type { Config } from '../../config/config.ts';
import type { HookAddress, NotifyRule, NotifyTarget } from '../../config/notify.ts';

/** A target that is told by a POST. */
export type HookTarget = Exclude<NotifyTarget, { kind: 'mail' }>;

/** The one lane of all mail: what fails together is the mail server. */
export const MAIL_SINK = 'mail:smtp';

/** Name of the lane of a hook. Made from its address, which stays a secret. */
export function hookSink(target: HookTarget): string {
  return `${target.kind}:${idOf(target.address)}`;
}

/** All hooks of the configuration, by the names of their lanes. */
export function hooksOf({
  defaults,
  repositories,
}: Pick<Config, 'defaults' | 'repositories'>): Map<string, HookTarget> {
  const rules = [defaults.notify, ...[...repositories.values()].map(({ notify }) => notify ?? [])].flat();
  const hooks = new Map<string, HookTarget>();
  for (const { target } of rules) if (target.kind !== 'mail') hooks.set(hookSink(target), target);
  return hooks;
}

/** A rule in words, without what is secret: `mail author, ada@example.org`, `slack at hooks.slack.com`. */
export function targetWords({ target }: Pick<NotifyRule, 'target'>): string {
  return target.kind === 'mail' ? `mail ${target.to.join(', ')}` : `${target.kind} ${maskedAddress(target.address)}`;
}

/** Where a hook goes, without what only its owner may know. */
export function maskedAddress(address: HookAddress): string {
  return 'file' in address ? `at the address in ${address.file}` : `at ${new URL(address.url).host}`;
}

function idOf(address: HookAddress): string {
  const text = 'file' in address ? `file:${address.file}` : address.url;
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
