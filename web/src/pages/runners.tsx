import type { runnerJson } from '../../../src/web/json.ts';
import type { PageView } from '../page.ts';
import { Lamp } from '../parts/lamp.tsx';
import { Age, Duration } from '../parts/time.tsx';
import { logUrl } from '../urls.ts';
import { count, type Lamp as LampState } from '../words.ts';

type Runner = ReturnType<typeof runnerJson>;

/** A job that a runner has, by the names that people know. */
interface RunningJob {
  readonly job: number;
  readonly name: string;
  readonly run: number;
  readonly repository: string;
  readonly number: number;
}

/** Data of the page of the runners. */
export interface RunnersData {
  readonly runners: readonly Runner[];
  readonly running: readonly RunningJob[];
}

/** The runners, and what each executes. */
export const runners: PageView<RunnersData> = {
  name: 'runners',
  section: 'runners',
  title: sentence,
  concerns: ({ type }) => /^job\./.test(type),
  everyMs: 5_000, // runners come and go without an event
  Component: RunnersPage,
};

function sentence({ runners: all }: RunnersData): string {
  if (all.length === 0) return 'No runner is connected';
  const busy = all.reduce((sum, runner) => sum + runner.executions.length, 0);
  const slots = all.reduce((sum, runner) => sum + runner.slots, 0);
  return `${count(all.length, 'runner')}, ${busy} of ${count(slots, 'slot')} busy`;
}

function RunnersPage({ data }: { readonly data: RunnersData }) {
  return (
    <>
      <div class="head">
        <h1>{sentence(data)}</h1>
      </div>
      {data.runners.length === 0 ? (
        <p class="none">
          Jobs wait until one comes. Start one with <code>signalbox runner</code>, or look at the log of{' '}
          <code>signalbox up</code>.
        </p>
      ) : (
        <ul class="runners">
          {data.runners.map((runner) => (
            <RunnerRow key={runner.name} runner={runner} running={data.running} />
          ))}
        </ul>
      )}
    </>
  );
}

function RunnerRow({ runner, running }: { readonly runner: Runner; readonly running: readonly RunningJob[] }) {
  const isTaking = runner.state === 'idle' || runner.state === 'busy';
  const free = isTaking ? Math.max(0, runner.slots - runner.executions.length) : 0;
  const version = runner.protocol === 'classic' ? 'classic protocol' : `version ${runner.version}`;
  return (
    <li data-row>
      <div>
        <h2>
          <Lamp state={lampOf(runner)} /> {runner.name}
        </h2>
        <p class="meta">{[...runner.labels, version, runner.host].join(', ')}</p>
        <p class="meta">
          <StateWords runner={runner} />
        </p>
      </div>
      <div class="slotlist">
        {runner.executions.map(({ job, since }) => (
          <Slot key={job} job={job} since={since} known={running.find((one) => one.job === job)} />
        ))}
        {Array.from({ length: Math.min(free, 16) }, (_, at) => (
          <span key={`free ${at}`} class="slot free">
            free
          </span>
        ))}
      </div>
    </li>
  );
}

function Slot(props: { readonly job: number; readonly since: string | null; readonly known: RunningJob | undefined }) {
  const { job, since, known } = props;
  const time = since === null ? null : <Duration from={since} to={null} />;
  if (known === undefined)
    return (
      <span class="slot">
        <b>job {job}</b> {time}
      </span>
    );
  return (
    <a class="slot" href={logUrl(known.run, job)}>
      <b class="cut">
        {known.repository} #{known.number}
      </b>
      {time}
      <span class="meta cut">{known.name}</span>
    </a>
  );
}

function lampOf({ state }: Runner): LampState {
  if (state === 'lost') return 'error';
  if (state === 'draining') return 'draining';
  return state === 'busy' ? 'in_progress' : 'success';
}

function StateWords({
  runner: { state, executions, last_heard_at: heard, connected_at: connected },
}: {
  readonly runner: Runner;
}) {
  if (state === 'lost') return <span class="odd">Not heard from for {heard !== null && <Age at={heard} />}</span>;
  if (state === 'draining')
    return (
      <span class="warn">
        {executions.length === 0 ? 'Draining; nothing runs, it can be stopped' : 'Draining; takes nothing new'}
      </span>
    );
  return (
    <>
      {state === 'busy' ? 'Busy' : 'Idle'}, connected for {connected !== null && <Age at={connected} />}
    </>
  );
}
