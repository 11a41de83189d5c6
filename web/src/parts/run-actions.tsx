import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import type { RunPageJson } from '../../../src/web/run-page.ts';
import { askServer } from '../ask-server.ts';
import { useKeys } from '../use-keys.ts';
import { usePerson } from '../use-person.ts';
import { count, nameOf } from '../words.ts';
import { ApproveDialog } from './approve.tsx';

type Job = RunDetailJson['jobs'][number];

/** What came of the last wish. */
interface Said {
  readonly words: string;
  readonly isRefused: boolean;
}

/** Approve, rerun and cancel. All keep their places; one that cannot be used now says why. */
export function RunActions({ run }: { readonly run: RunPageJson }) {
  const [said, setSaid] = useState<Said | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [isApproving, setApproving] = useState(false);
  const person = usePerson();
  const { id, status } = run;
  const isOver = status === 'completed';
  useEffect(() => {
    setAsking(false);
    if (status !== 'queued') setSaid((last) => (last?.isRefused ? last : null));
  }, [status]);

  const ask = async (path: string, body: object, words: string) => {
    if (isBusy) return;
    setBusy(true);
    setAsking(false);
    setSaid({ words, isRefused: false });
    const by = person.name === '' ? {} : { by: person.name };
    const asked = await askServer('POST', `/api/runs/${id}/${path}`, { ...by, ...body });
    if (!asked.isDone) setSaid({ words: asked.why, isRefused: true });
    setBusy(false);
  };
  const rerun = (failedOnly: boolean) =>
    ask('rerun', { failed_only: failedOnly }, 'Rerun asked for, waiting for a slot');
  const cancel = () => ask('cancel', {}, 'Cancel asked for, waiting for its jobs to end');
  const approve = (sha: string, by: string) => {
    setApproving(false);
    return ask('approve', { sha, unsandboxed: true, by }, 'Approved, waiting for a slot');
  };
  // only what somebody else wants is asked about
  const isOwn = person.name !== '' && [nameOf(run.author), run.actor, run.asked_by].includes(person.name);

  const failed = badJobs(run);
  const notOver = isOver ? undefined : 'This run is not over yet';
  const noRerun = notOver ?? (failed.length === 0 ? 'No job of this run failed' : undefined);
  const bindings = useMemo(
    () => [
      {
        keys: 'r',
        words: 'rerun failed jobs',
        group: 'This page' as const,
        run: () => (noRerun === undefined ? void rerun(true) : setSaid({ words: noRerun, isRefused: true })),
      },
    ],
    [id, noRerun, isBusy, person.name],
  );
  useKeys(bindings);
  return (
    <div class="acts">
      {run.held !== null && !isOver && (
        <Action isMain why={undefined} act={() => setApproving(true)}>
          Approve…
        </Action>
      )}
      {isApproving && <ApproveDialog run={run} close={() => setApproving(false)} approve={approve} />}
      <Action isMain={noRerun === undefined} why={noRerun} act={() => void rerun(true)}>
        <svg class="ic rerun" aria-hidden="true">
          <use href="#i-rerun" />
        </svg>
        {rerunWords(failed)} <kbd>r</kbd>
      </Action>
      <Action why={notOver} act={() => void rerun(false)}>
        Rerun all
      </Action>
      <Action
        why={isOver ? 'Nothing to cancel: this run is over' : undefined}
        act={() => (status === 'queued' || isOwn ? void cancel() : setAsking(true))}
      >
        Cancel
      </Action>
      {isAsking && (
        <p class="ask">
          Stop this run of {nameOf(run.author)}?{' '}
          <button type="button" class="btn s" onClick={() => void cancel()}>
            Stop it
          </button>{' '}
          <button type="button" class="btn s" onClick={() => setAsking(false)}>
            Let it run
          </button>
        </p>
      )}
      <p class={said?.isRefused ? 'ask no' : 'ask dim'} role="status">
        {said?.words ?? ''}
      </p>
      <p class="ask meta" hidden={person.name === ''}>
        as{' '}
        <a class="link" href="/settings?section=browser">
          {person.name}
        </a>
      </p>
    </div>
  );
}

function Action(props: {
  readonly isMain?: boolean;
  /** Why it cannot be used now. */
  readonly why: string | undefined;
  readonly act: () => void;
  readonly children: ComponentChildren;
}) {
  const { isMain = false, why, act, children } = props;
  return (
    <button
      type="button"
      class={isMain ? 'btn main' : 'btn'}
      aria-disabled={why === undefined ? undefined : 'true'}
      title={why}
      onClick={() => why === undefined && act()}
    >
      {children}
      {why !== undefined && <span class="sr">, not now: {why}</span>}
    </button>
  );
}

/** Jobs that "rerun failed" would try again, without those that only come after them. */
function badJobs({ jobs }: RunDetailJson): readonly Job[] {
  const leaves = jobs.filter((job) => !jobs.some(({ parent }) => parent === job.id));
  return leaves.filter(({ conclusion }) => conclusion !== null && conclusion !== 'success' && conclusion !== 'skipped');
}

/** `Rerun 3 failed jobs`, `Rerun 1 cancelled job`; of both kinds `Rerun 3 jobs that did not succeed`. */
function rerunWords(jobs: readonly Job[]): string {
  const cancelled = jobs.filter(({ conclusion }) => conclusion === 'cancelled').length;
  if (jobs.length === 0) return 'Rerun failed jobs';
  if (cancelled === 0) return `Rerun ${count(jobs.length, 'failed job')}`;
  if (cancelled === jobs.length) return `Rerun ${count(cancelled, 'cancelled job')}`;
  return `Rerun ${count(jobs.length, 'job')} that did not succeed`;
}
