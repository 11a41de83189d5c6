import { type Config, settingsOf } from '../../config/config.ts';
import type { NotifyRule } from '../../config/notify.ts';
import { targetWords } from './targets.ts';

/** A rule with its place: the repository's own, or that of all (`defaults`). */
export interface PlacedRule {
  /** Full name; `defaults`. */
  readonly scope: string;
  /** From 1, in the order of the file. */
  readonly number: number;
  readonly rule: NotifyRule;
}

/** Rules as they hold for a repository; without one: all that there are. */
export function rulesOf(config: Pick<Config, 'defaults' | 'repositories'>, repository?: string): readonly PlacedRule[] {
  const place = (scope: string, rules: readonly NotifyRule[]) =>
    rules.map((rule, index) => ({ scope, number: index + 1, rule }));
  if (repository !== undefined) {
    const isOwn = config.repositories.get(repository)?.notify !== undefined;
    return place(isOwn ? repository : 'defaults', settingsOf(config, repository).notify);
  }
  const own = [...config.repositories].flatMap(([name, { notify }]) => place(name, notify ?? []));
  return [...place('defaults', config.defaults.notify), ...own];
}

/** Why somebody gets a message of this rule, in words. */
export function whyOf({ scope, rule }: Pick<PlacedRule, 'scope' | 'rule'>): string {
  const whose = scope === 'defaults' ? 'for all repositories' : `for ${scope}`;
  return `You get this because a rule ${whose} is "${targetWords(rule)}", on ${rule.on.join(', ')}.`;
}
