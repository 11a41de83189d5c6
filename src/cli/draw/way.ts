import { clockTime, duration } from '../../../web/src/words.ts';
import type { ApiRun } from '../../protocol/api-schema.ts';
import type { Terminal } from '../terminal.ts';
import { sign, word } from '../views.ts';
import { widthOf } from './width.ts';

/** When a push was where; what is null has not happened (yet). */
export type Moments = Pick<
  ApiRun,
  | 'attempt'
  | 'committed_at'
  | 'received_at'
  | 'dispatched_at'
  | 'started_at'
  | 'completed_at'
  | 'status'
  | 'conclusion'
  | 'retried'
>;

interface Station {
  readonly name: string;
  readonly at: string | null;
  /** Since the station before, in milliseconds; of the first one, and after one that git tells in whole seconds, nothing. */
  readonly hopMs: number | undefined;
}

/** The hops of a push, in their order; of a later attempt, from when it was asked for. */
function stationsOf(run: Moments): readonly Station[] {
  const pushed = [
    ['committed', run.committed_at],
    ['received', run.received_at],
    ['dispatched', run.dispatched_at],
  ] as const;
  const moments = [
    ...(run.attempt > 1 ? ([['asked again', run.dispatched_at]] as const) : pushed),
    ['started', run.started_at],
    ['completed', run.completed_at],
  ] as const;
  let before: string | null = null;
  const stations: Station[] = [];
  for (const [name, at = null] of moments) {
    if (name === 'committed' && at === null) continue;
    if (name === 'started' && at === null && run.completed_at) continue; // nothing ever ran
    // git keeps whole seconds: from the commit itself nothing finer can be said
    const hopMs = at === null || before === null ? undefined : Date.parse(at) - Date.parse(before);
    stations.push({ name, at, hopMs });
    if (at !== null && name !== 'committed') before = at;
  }
  return stations;
}

/** The way of a push as a line with stations; upright where it does not fit. */
export function wayLines(run: Moments, terminal: Terminal, now: Date): readonly string[] {
  const line = wayLine(run, terminal, now);
  if (terminal.width === undefined || widthOf(line) <= terminal.width) return [line];
  return uprightWay(run, terminal, now);
}

function wayLine(run: Moments, terminal: Terminal, now: Date): string {
  const { colours } = terminal;
  const stations = stationsOf(run);
  const parts = stations.map((station, at) => {
    const rail = station.at === null ? '╌╌' : '──';
    const hop = hopWords(station, stations, at, now);
    const link = at === 0 ? '' : colours.dim(hop === '' ? `${rail} ` : `${rail} ${hop} ${rail} `);
    return `${link}${stationWords(station, run, terminal)}`;
  });
  return parts.join(' ');
}

/** One station below the other, with its time of the day and the time since the one before. */
export function uprightWay(run: Moments, terminal: Terminal, now: Date): readonly string[] {
  const { colours } = terminal;
  const stations = stationsOf(run);
  return stations.map((station, at) => {
    const words = stationWords(station, run, terminal);
    const pad = ' '.repeat(Math.max(0, 12 - widthOf(words)));
    const clock = station.at === null ? '' : clockTime(new Date(station.at));
    const hop = hopWords(station, stations, at, now);
    return `${words}${pad}  ${colours.dim(`${clock.padEnd(12)}${hop === '' ? '' : `  ${station.at === null ? '' : '+'}${hop}`}`)}`.trimEnd();
  });
}

function stationWords({ name, at }: Station, run: Moments, terminal: Terminal): string {
  const { colours } = terminal;
  if (name === 'completed')
    return run.conclusion === null ? colours.dim('◌ verdict') : `${sign(run, terminal)} ${colours.bold(word(run))}`;
  return at === null ? colours.dim(`◌ ${name}`) : `● ${name}`;
}

/** The time of a hop; of the one that goes on, how long it has taken until now. */
function hopWords(station: Station, stations: readonly Station[], at: number, now: Date): string {
  if (station.hopMs !== undefined) return duration(station.hopMs);
  const before = stations[at - 1]?.at ?? null;
  const isNext = station.at === null && before !== null && station.name !== 'received';
  return isNext ? `${duration(now.getTime() - Date.parse(before))} so far` : '';
}
