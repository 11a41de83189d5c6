import type { LoadedConfig } from '../config/load.ts';
import type { Sink, Teller } from '../reporter/message.ts';
import { ownersFinder } from '../reporter/notify/find-owners.ts';
import { HookSink } from '../reporter/notify/hook-sink.ts';
import { MailSink } from '../reporter/notify/mail-sink.ts';
import { NotifyTeller } from '../reporter/notify/notify-teller.ts';
import { hooksOf } from '../reporter/notify/targets.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';

/** Notifications by mail and chat, as the rules ask. */
export function notifications(
  config: LoadedConfig,
  clock: Clock,
  logger: Logger,
): { readonly tellers: readonly Teller[]; readonly sinks: ReadonlyMap<string, Sink> } {
  const owners = ownersFinder({ home: config.home, logger });
  return { tellers: [new NotifyTeller({ config, owners, clock })], sinks: notifySinks(config) };
}

/** The sinks of all rules, by kind. */
export function notifySinks(config: LoadedConfig): ReadonlyMap<string, Sink> {
  const hooks = new HookSink(hooksOf(config));
  const kinds = ['slack', 'mattermost', 'discord', 'teams', 'webhook'].map((kind) => [kind, hooks] as const);
  return new Map<string, Sink>([
    ...kinds,
    ...(config.mail === null ? [] : [['mail', new MailSink(config.mail)] as const]),
  ]);
}
