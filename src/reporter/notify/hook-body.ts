import type { Notice, NoticeTest } from './notice.ts';
import type { Telling } from './telling.ts';
import { nameOf, sentenceOf } from './words.ts';

/** The body of a generic webhook, as `docs/sinks/webhook.md` describes it. Additions are free, changes need a new `version`. */
export function hookBody(telling: Telling, key: string): Record<string, unknown> {
  return {
    version: 1,
    key,
    notices: telling.notices.map(noticeJson),
    earlier: telling.earlier,
    why: telling.why,
    note: telling.note,
  };
}

function noticeJson(notice: Notice) {
  const { commit, run, since, tests, failure, instead } = notice;
  return {
    event: notice.occasion,
    test: notice.isTrial,
    sentence: sentenceOf(notice),
    repository: notice.repository,
    ref: notice.ref,
    workflow: notice.workflow,
    trigger: notice.event,
    conclusion: notice.conclusion,
    reason: notice.reason,
    completed_at: notice.at,
    duration_ms: notice.durationMs,
    run: { id: run.id, number: run.number, attempt: run.attempt, html_url: run.url },
    commit: { sha: commit.sha, title: commit.title, author: personJson(commit.author) },
    broken_since: since && {
      ...{ run: since.run, number: since.number, sha: since.sha, title: since.title, html_url: since.url },
      ...{ author: personJson(since.author), commits_ago: since.commitsAgo },
      ...{ untested: since.untested, is_certain: since.isCertain },
    },
    instead_of: instead && { sha: instead.sha, author: personJson(instead.author) },
    broken_for_ms: notice.brokenForMs,
    tests: tests && { total: tests.total, failed: tests.failed, cases: tests.cases.map(testJson) },
    failure: failure && {
      ...{ job: failure.job, step: failure.step, exit: failure.exit, reason: failure.reason },
      ...{ log: failure.lines, log_url: failure.url },
    },
  };
}

function testJson({ suite, name, job, otherJobs = [], message, file, line, isFlaky, history }: NoticeTest) {
  return { suite, name, job, other_jobs: otherJobs, message, file, line, flaky: isFlaky, history };
}

/** `Ada <ada@example.org>` in its parts. */
function personJson(author: string) {
  return { name: nameOf(author), email: /<([^<>]*)>\s*$/.exec(author)?.[1] ?? null };
}
