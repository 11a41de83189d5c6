import type { LoadedConfig } from '../config/load.ts';
import type { NotifyRule } from '../config/notify.ts';
import { rulesOf } from '../reporter/notify/placed-rules.ts';
import { previewOf } from '../reporter/notify/preview.ts';
import { targetWords } from '../reporter/notify/targets.ts';
import { tellingOf } from '../reporter/notify/telling.ts';
import { sendTrial, trialNotice } from '../reporter/notify/trial.ts';
import type { Clock } from '../support/clock.ts';
import type { Notifications } from '../web/notifications.ts';
import { notifySinks } from './notify-role.ts';
import { digestWords, quietWords } from './notify-words.ts';

/** What the page can do with notifications, by the reporter's own parts. `page`: base of the page's address. */
export function notificationsFor(config: LoadedConfig, clock: Pick<Clock, 'now'>, page: () => string): Notifications {
  const { mail } = config;
  return {
    mail: mail && { smtp: mail.smtp, from: mail.from, user: mail.user },
    hasOwn: (repository) => config.repositories.get(repository)?.notify !== undefined,
    rules: (repository) => rulesOf(config, repository).map(({ number, rule }) => shown(number, rule)),
    async test({ repository, rule, to }) {
      const rules = rulesOf(config, repository).filter(({ number }) => rule === undefined || number === rule);
      const now = clock.now();
      const sinks = notifySinks(config);
      const notice = () => trialNotice(repository, page(), now);
      return sendTrial(rules, { sinks, now, notice, ...(to === undefined ? {} : { to }) });
    },
    preview: ({ repository, as, occasion }, base) =>
      previewOf(
        tellingOf([trialNotice(repository, base, clock.now(), occasion)], 'Here stands which rule it comes from.'),
        as,
      ),
  };
}

function shown(number: number, rule: NotifyRule) {
  const { target, on, branches, quiet, digest, perHour } = rule;
  return {
    ...{ number, kind: target.kind, to: targetWords(rule), on, branches },
    ...{ quiet: quiet && quietWords(quiet), digest: digest && digestWords(digest), perHour },
  };
}
