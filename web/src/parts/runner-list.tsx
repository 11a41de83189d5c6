import { useState } from 'preact/hooks';
import { lowDiskWords } from '../../../src/model/disk-floor.ts';
import type { runnerJson } from '../../../src/web/json.ts';
import type { RunnerHistory } from '../../../src/web/runner-history.ts';
import { askServer } from '../ask-server.ts';
import { logUrl } from '../urls.ts';
import { count, type Lamp as LampState, slotWordsOf, wordOf } from '../words.ts';
import { Lamp } from './lamp.tsx';
import { Prose } from './prose.tsx';
import { Age, Period, TimeLeft, UsualShare } from './time.tsx';

type Runner = ReturnType<typeof runnerJson>;

/** A job that a runner has, by the names that people know. */
export interface RunningJob {
  readonly job: number;
  readonly name: string;
  readonly run: number;
  readonly repository: string;
  readonly number: number;
  readonly usual_ms: number | null;
}

/** The runners, what each executes, and what it did lately. */
export interface RunnerListData {
  readonly runners: readonly Runner[];
  readonly running: readonly RunningJob[];
  readonly history: readonly RunnerHistory[];
}

/** `3 runners, 11 of 16 slots busy`. */
export function runnersSentence({ runners: all }: RunnerListData): string {
  if (all.length === 0) return 'No runner is connected';
  return `${count(all.length, 'runner')}, ${slotWordsOf(all)}`;
}

/** Slots that are drawn of one runner. */
const MOST_SLOTS = 32;

/** A line for each runner. `level`: of the headings with their names. */
export function RunnerList({ data, level }: { readonly data: RunnerListData; readonly level: 2 | 3 }) {
  if (data.runners.length === 0)
    return (
      <p class="none">
        Jobs wait until one comes. Start one with <code>signalbox runner</code>, or look at the log of{' '}
        <code>signalbox up</code>.
      </p>
    );
  return (
    <ul class="runners">
      {data.runners.map((runner) => (
        <RunnerRow key={runner.name} runner={runner} data={data} level={level} />
      ))}
    </ul>
  );
}

function RunnerRow(props: { readonly runner: Runner; readonly data: RunnerListData; readonly level: 2 | 3 }) {
  const { runner, data, level } = props;
  const isTaking = runner.state === 'idle' || runner.state === 'busy';
  const free = isTaking && runner.low_disk === null ? Math.max(0, runner.slots - runner.executions.length) : 0;
  const version = runner.protocol === 'classic' ? 'classic protocol' : `version ${runner.version}`;
  const Name = level === 2 ? 'h2' : 'h3';
  const action = actionOf(runner);
  return (
    <li data-row>
      <div>
        <Name>
          <Lamp state={lampOf(runner)} label={isLow(runner) ? 'full' : runner.state} /> {runner.name}
        </Name>
        <p class="meta">{runner.labels.join(', ')}</p>
        <p class="meta">
          {runner.connected_at !== null && [version, runner.host].join(', ')}
          {isTaking && runner.connected_at !== null && [', for ', <Period key="for" since={runner.connected_at} />]}
        </p>
        <History history={data.history.find((one) => one.runner === runner.name)} />
      </div>
      <div>
        <StateWords runner={runner} />
        <div class="slotlist">
          {runner.executions.map(({ job, since }) => (
            <Slot key={job} job={job} since={since} known={data.running.find((one) => one.job === job)} />
          ))}
          {Array.from({ length: Math.min(free, MOST_SLOTS) }, (_, at) => (
            <span key={`free ${at}`} class="slot free">
              free
            </span>
          ))}
        </div>
      </div>
      {action === undefined ? <div class="num" /> : <Action key={action} runner={runner} what={action} />}
    </li>
  );
}

/** What it did lately: a cell for each of the last jobs, and how many it ran and lost. */
function History({ history }: { readonly history: RunnerHistory | undefined }) {
  if (history === undefined) return null;
  const { ran, lost, last } = history;
  const bad = last.filter(({ state }) => state !== 'success').length;
  const words = `The last ${count(last.length, 'job')}: ${bad === 0 ? 'all passed' : `${count(bad)} did not pass`}`;
  return (
    <>
      {last.length > 0 && (
        <span class="past-jobs">
          <span class="sr">{words}</span>
          {last.map(({ job, state }, at) => (
            <i key={`${job} ${at}`} class={state} title={wordOf(state as LampState)} />
          ))}
        </span>
      )}
      <p class="meta">
        ran {count(ran, 'job')} in 24 h{lost > 0 && <span class="warn">, lost {count(lost)}</span>}
      </p>
    </>
  );
}

function Slot(props: { readonly job: number; readonly since: string | null; readonly known: RunningJob | undefined }) {
  const { job, since, known } = props;
  const usual = known?.usual_ms ?? null;
  const time = since === null ? null : <TimeLeft from={since} usualMs={usual} />;
  if (known === undefined)
    return (
      <span class="slot">
        <b>job {job}</b> {time}
      </span>
    );
  return (
    <a class="slot" href={logUrl(known.run, job)}>
      <b class="cut">{known.name}</b>
      {time}
      <span class="meta cut" title={`${known.repository} #${known.number}`}>
        <span class="owner">{known.repository.slice(0, known.repository.lastIndexOf('/') + 1)}</span>
        {known.repository.slice(known.repository.lastIndexOf('/') + 1)} #{known.number}
      </span>
      {since !== null && usual !== null && <UsualShare from={since} usualMs={usual} />}
    </a>
  );
}

const ACTIONS = {
  drain: { word: 'Drain', means: 'It finishes what runs, and takes no new jobs until it is resumed' },
  resume: { word: 'Resume', means: 'It takes jobs again' },
};

/** Answers at once in its place; the next state of the runner comes with the page. */
function Action({ runner, what }: { readonly runner: Runner; readonly what: keyof typeof ACTIONS }) {
  const { name } = runner;
  const { word, means } = ACTIONS[what];
  const [said, setSaid] = useState<string | null>(null);
  const [isAsked, setAsked] = useState(false);
  const ask = async () => {
    setAsked(true);
    setSaid('Asked for');
    const answer = await askServer('POST', `/api/runners/${encodeURIComponent(name)}/${what}`, {});
    setAsked(false);
    setSaid(answer.isDone ? null : answer.why);
  };
  return (
    <div class="num">
      <button
        type="button"
        class="btn s"
        disabled={isAsked}
        aria-label={`${word} ${name}`}
        title={means}
        onClick={() => void ask()}
      >
        {word}
      </button>
      {said !== null && (
        <p class="meta said" role="status">
          <Prose words={said} />
        </p>
      )}
    </div>
  );
}

/** What can be asked of it now. */
function actionOf({ state, can_resume: canResume }: Runner): keyof typeof ACTIONS | undefined {
  if (state === 'lost') return undefined;
  return state === 'draining' || state === 'drained' ? (canResume ? 'resume' : undefined) : 'drain';
}

/** Would it take jobs, if there were room on its disk? */
function isLow({ state, low_disk: low }: Runner): boolean {
  return low !== null && (state === 'idle' || state === 'busy');
}

function lampOf(runner: Runner): LampState {
  const { state } = runner;
  if (state === 'lost') return 'error';
  if (state === 'draining' || state === 'drained' || isLow(runner)) return 'draining';
  return state === 'busy' ? 'in_progress' : 'success';
}

function StateWords({ runner }: { readonly runner: Runner }) {
  const { state, executions, last_heard_at: heard, name, low_disk: low } = runner;
  if (state === 'lost')
    return (
      <p class="small odd">
        Not heard from for {heard !== null && <Age at={heard} />}; if it does not come back, what it had is given to
        another
      </p>
    );
  if (isLow(runner) && low !== null)
    return (
      <p class="small warn">
        {lowDiskWords({ freeBytes: low.free_bytes, floorBytes: low.floor_bytes, folder: low.folder })}: it is given
        nothing until there is room on the disk of <code>{low.folder}</code>
      </p>
    );
  if (state === 'drained')
    return (
      <p class="small warn">
        {runner.connected_at === null ? 'Drained, and not connected: if it comes it is' : 'Drained: it is'} given
        nothing until it is resumed
      </p>
    );
  if (state !== 'draining') return null;
  return (
    <p class="small warn">
      {executions.length === 0
        ? 'Draining; nothing runs, it can be stopped. '
        : `Draining; it takes no more after ${executions.length === 1 ? 'its job' : `its ${executions.length} jobs`}. `}
      {!runner.can_resume && (
        <>
          To have it back start it again: <code>signalbox runner --name {name}</code>
        </>
      )}
    </p>
  );
}
