import type { PageView } from '../page.ts';
import { RunnerList, type RunnerListData, runnersSentence } from '../parts/runner-list.tsx';

/** Data of the page of the runners. */
export type RunnersData = RunnerListData;

/** The runners, and what each executes. */
export const runners: PageView<RunnersData> = {
  name: 'runners',
  section: 'runners',
  title: runnersSentence,
  concernedBy: () => [{ type: 'job.' }],
  everyMs: 5_000, // runners come and go without an event
  Component: RunnersPage,
};

function RunnersPage({ data }: { readonly data: RunnersData }) {
  return (
    <>
      <div class="head">
        <h1>{runnersSentence(data)}</h1>
        <p class="meta">
          One more: <code>signalbox runner --slots 4</code>
        </p>
      </div>
      <RunnerList data={data} level={2} />
    </>
  );
}
