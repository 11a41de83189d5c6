import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import { askFor } from '../ask-for.ts';
import { useKeys } from '../use-keys.ts';
import { count, nameOf } from '../words.ts';

/** What came of the last wish. */
interface Said {
  readonly words: string;
  readonly isRefused: boolean;
}

/** Rerun and cancel. All keep their places; one that cannot be used now says why. */
export function RunActions({ run }: { readonly run: RunDetailJson }) {
  const [said, setSaid] = useState<Said | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
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
    const asked = await askFor(`/api/runs/${id}/${path}`, body);
    if (!asked.isDone) setSaid({ words: asked.why, isRefused: true });
    setBusy(false);
  };
  const rerun = (failedOnly: boolean) =>
    ask('rerun', { failed_only: failedOnly }, 'Rerun asked for, waiting for a slot');
  const cancel = () => ask('cancel', {}, 'Cancel asked for, waiting for its jobs to end');

  const failed = failedJobs(run);
  const notOver = isOver ? undefined : 'This run is not over yet';
  const noRerun = notOver ?? (failed === 0 ? 'No job of this run failed' : undefined);
  const bindings = useMemo(
    () => [
      {
        keys: 'r',
        words: 'rerun failed jobs',
        group: 'This page' as const,
        run: () => (noRerun === undefined ? void rerun(true) : setSaid({ words: noRerun, isRefused: true })),
      },
    ],
    [id, noRerun, isBusy],
  );
  useKeys(bindings);
  return (
    <div class="acts">
      <Action isMain={noRerun === undefined} why={noRerun} act={() => void rerun(true)}>
        <svg class="ic rerun" aria-hidden="true">
          <use href="#i-rerun" />
        </svg>
        {failed === 0 ? 'Rerun failed jobs' : `Rerun ${count(failed, 'failed job')}`} <kbd>r</kbd>
      </Action>
      <Action why={notOver} act={() => void rerun(false)}>
        Rerun all
      </Action>
      <Action
        why={isOver ? 'Nothing to cancel: this run is over' : undefined}
        act={() => (status === 'queued' ? void cancel() : setAsking(true))}
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
function failedJobs({ jobs }: RunDetailJson): number {
  const leaves = jobs.filter((job) => !jobs.some(({ parent }) => parent === job.id));
  return leaves.filter(({ conclusion }) => conclusion !== null && conclusion !== 'success' && conclusion !== 'skipped')
    .length;
}
