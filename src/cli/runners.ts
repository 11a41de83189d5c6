import type * as z from 'zod';
import { count, duration, slotWordsOf } from '../../web/src/words.ts';
import { lowDiskWords } from '../model/disk-floor.ts';
import { runnersSchema } from '../protocol/api-schema.ts';
import { withServer } from './connect.ts';
import type { Invocation } from './context.ts';
import { type Column, columns } from './draw/columns.ts';
import { EXIT } from './exit-code.ts';
import { oneLine } from './harmless.ts';
import type { Terminal } from './terminal.ts';

type Runner = z.infer<typeof runnersSchema>['runners'][number];

/** `signalbox runners`. */
export async function run(invocation: Invocation): Promise<number> {
  const { terminal } = invocation.context;
  return withServer(invocation, async (api) => {
    const answer = await api.get('/api/runners', runnersSchema);
    if (invocation.options.json) terminal.json(answer);
    else if (answer.runners.length === 0) terminal.say('no runner is connected; start one with "signalbox runner"');
    else {
      for (const line of runnerLines(answer.runners, terminal, new Date())) terminal.line(line);
      for (const line of answer.runners.flatMap(lowDiskLine)) terminal.say(line);
    }
    return EXIT.done;
  });
}

/** Who takes no more has one mark, who is not heard from another; a state of a newer server is shown without. */
const MARKS: Readonly<Record<string, readonly [mark: string, colour: 'blue' | 'gray' | 'yellow']>> = {
  busy: ['●', 'blue'],
  idle: ['○', 'gray'],
  draining: ['⊘', 'gray'],
  drained: ['⊘', 'gray'],
  lost: ['◆', 'yellow'],
  full: ['⊘', 'yellow'],
};

/** Slots are drawn one by one up to so many. */
const MAX_DRAWN = 8;

const COLUMNS: readonly Column[] = [
  { min: 10 },
  {},
  {},
  { leaves: 4 },
  { align: 'right', leaves: 3 },
  { min: 12, leaves: 2 },
  { min: 8, leaves: 1 },
];

/** The runners; on a terminal with what they do, a mark for each slot, and a sentence first. */
export function runnerLines(runners: readonly Runner[], terminal: Terminal, now: Date): readonly string[] {
  const { colours, isInteractive } = terminal;
  const rows = runners.map((runner) => {
    const word = stateOf(runner);
    const [mark, colour] = MARKS[word] ?? [' ', 'gray' as const];
    const busy = runner.executions.length;
    const state = isInteractive ? colours[colour](`${mark} ${word}`) : word;
    const drawn = isInteractive && runner.slots <= MAX_DRAWN ? slotsOf(busy, runner.slots) : '';
    return [
      oneLine(runner.name),
      state,
      `${busy}/${runner.slots}`,
      drawn,
      isInteractive ? longest(runner, now) : '',
      runner.labels.map(oneLine).join(','),
      oneLine(runner.host),
    ];
  });
  const lines = columns(rows, COLUMNS, terminal);
  return isInteractive ? [sentence(runners), '', ...lines] : lines;
}

/** Its state in a word: `full` for one that would take jobs if there were room on its disk. */
function stateOf({ state, low_disk: low }: Runner): string {
  return low && (state === 'idle' || state === 'busy') ? 'full' : state;
}

function lowDiskLine(runner: Runner): string[] {
  const { name, low_disk: low } = runner;
  if (!low || stateOf(runner) !== 'full') return [];
  const words = lowDiskWords({ folder: low.folder, freeBytes: low.free_bytes, floorBytes: low.floor_bytes });
  return [oneLine(`runner ${name} has ${words}: it is given nothing until there is room on the disk of ${low.folder}`)];
}

function slotsOf(busy: number, slots: number): string {
  return '■'.repeat(Math.min(busy, slots)) + '□'.repeat(Math.max(0, slots - busy));
}

/** How long the longest of its executions goes on. */
function longest({ executions }: Runner, now: Date): string {
  const since = executions.flatMap(({ since: at }) => (at === undefined ? [] : [Date.parse(at)]));
  return since.length === 0 ? '' : duration(now.getTime() - Math.min(...since));
}

/** `3 of 8 slots busy, 2 runners`. */
function sentence(runners: readonly Runner[]): string {
  return `${slotWordsOf(runners)}, ${count(runners.length, 'runner')}`;
}
