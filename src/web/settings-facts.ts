import { type RepositorySettings, settingsOf } from '../config/config.ts';
import type { WebConfig } from './context.ts';

const DAY_MS = 86_400_000;

/** What is set for a repository, in words; null where there is no configuration to ask. */
export function settingsFacts(config: WebConfig, repository: string) {
  const { defaults, repositories } = config;
  if (defaults === undefined || repositories === undefined) return null;
  const { sources: _, ...own } = repositories.get(repository) ?? {};
  return {
    has_own: Object.keys(own).length > 0,
    facts: factsOf(settingsOf({ defaults, repositories }, repository)).map(([name, words]) => ({ name, words })),
  };
}

function factsOf(one: RepositorySettings): readonly (readonly [name: string, words: string])[] {
  const { runsMs, logsMs, reportsMs } = one.keep;
  const again = one.retryJobs === 0 ? 'not tried again by itself' : `tried again up to ${one.retryJobs} times`;
  return [
    [
      'Policy',
      one.policy === 'each' ? `each commit of a push, ${one.maxCommits} at most` : 'the newest commit of a push',
    ],
    ['Workflows', one.workflows === 'auto' ? 'its workflow files, else tests that are found' : 'tests that are found'],
    ...(one.dir === '' ? [] : [['Folder', one.dir] as const]),
    ['A job', `ends after ${minutes(one.timeoutMs)}, says up to ${one.logLimitBytes / 1e6} MB, and is ${again}`],
    ...(one.reports.length === 0 ? [] : [['Reports', one.reports.join(', ')] as const]),
    ['Reuse', reuseWords(one.reuse)],
    ['Looked at', one.pollSeconds === null ? 'as often as its kind of source is' : `every ${one.pollSeconds} s`],
    ['Kept', `runs ${days(runsMs)}, logs ${days(logsMs)}, test reports ${days(reportsMs)}`],
  ];
}

function reuseWords(reuse: RepositorySettings['reuse']): string {
  if (reuse === 'off') return 'off: each commit is tested, whatever its tree';
  if (reuse === 'tree') return 'a green verdict of the same tree is taken over';
  const named = Object.entries(reuse).map(([name, how]) => `${name}: ${how}`);
  return named.join(', ');
}

function minutes(ms: number): string {
  return `${ms / 60_000} min`;
}

function days(ms: number): string {
  return Number.isFinite(ms) ? `${ms / DAY_MS} days` : 'for ever';
}
