import { type Config, settingsOf } from '../config/config.ts';
import type { Expander } from '../model/expansion.ts';
import { createExpander } from '../workflow/expander.ts';

/** The expander of workflow files, with the settings of each repository. */
export function expanderFor(config: Pick<Config, 'defaults' | 'repositories' | 'actions' | 'labels'>): Expander {
  const { actions, labels } = config;
  return createExpander((repository) => {
    const { timeoutMs, logLimitBytes, envPass, reports, retryJobs } = settingsOf(config, repository);
    return { timeoutMs, logLimitBytes, envPass, reports, retryJobs, actions, labels };
  });
}
