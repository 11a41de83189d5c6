import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { cpuMsOf } from './cpu.ts';
import { pushCommits } from './jobs.ts';
import { type Figure, median, print } from './report.ts';
import { makeRepository } from './repository.ts';
import { followEvents, type Places, type Server, scratch, startServer } from './server.ts';

const PAGES = 500;
const JOBS = 500;
const SLOTS = 4;
/** All of them in turn, each at each place once: what else the machine does meets all. */
const ROUNDS = 4;

/** Who reads meanwhile. `floor`: the pages, told the same by a bare server beside; ours has no page then. */
const CASES = ['nobody', 'pages', 'floor', 'programs'] as const;
type Case = (typeof CASES)[number];

interface Round {
  readonly jobsPerSecond: number;
  /** Of the server with dispatcher, observer and pages, in milliseconds. */
  readonly cpuPerJob: number;
}

/** Jobs that do nothing while many pages are open, against the same with none. */
export async function benchPagesOpen(places: Places): Promise<void> {
  const folder = await scratch();
  const server = await startServer(places, ['--runners', '0'], 'defaults: { max_commits: 2000 }\n');
  const runner = startRunner(places, server);
  const rounds: Record<Case, Round[]> = { nobody: [], pages: [], floor: [], programs: [] };
  try {
    const path = join(folder, 'app');
    await makeRepository(path, { 'ci.sh': '#!/bin/sh\nexit 0\n' });
    await server.cli('install-hook', path);
    const bench = new PagesOpen(places, server, path, join(folder, 'heard.json'));
    await bench.measure(SLOTS);
    for (let round = 0; round < ROUNDS; round += 1)
      for (const name of [...CASES.slice(round), ...CASES.slice(0, round)]) {
        rounds[name].push(await bench.round(name));
      }
  } finally {
    await ended(runner);
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
  tell(rounds);
}

function tell(rounds: Record<Case, readonly Round[]>): void {
  const rate = (name: Case) => median(rounds[name].map(({ jobsPerSecond }) => jobsPerSecond));
  const cpu = (name: Case) => median(rounds[name].map(({ cpuPerJob }) => cpuPerJob));
  const jobs = { unit: 'jobs/s', bound: { atLeast: 0.9 } } as const;
  const figures: Figure[] = [
    {
      ...{
        name: `jobs that do nothing, ${SLOTS} slots, ${PAGES} pages open`,
        value: rate('pages'),
        floor: rate('floor'),
      },
      ...{ ...jobs, note: `${JOBS} jobs, medians of ${ROUNDS}; floor: a bare server tells the same pages the same` },
    },
    { ...jobs, name: '  the same; floor: no page open', value: rate('pages'), floor: rate('nobody') },
    {
      ...{ name: '  processor time of the server for a job', value: cpu('pages'), floor: cpu('nobody') },
      ...{
        unit: 'ms',
        bound: { atMost: 1.1 },
        note: `floor: no page open; beside the bare server ${cpu('floor').toFixed(2)} ms`,
      },
    },
    {
      ...{
        ...jobs,
        name: `  ${PAGES} programs read /api/events instead`,
        value: rate('programs'),
        floor: rate('nobody'),
      },
      note: `floor: nobody reads; processor time of the server for a job ${cpu('programs').toFixed(2)} ms`,
    },
  ];
  for (const figure of figures) print(figure);
}

class PagesOpen {
  readonly #places: Places;
  readonly #server: Server;
  readonly #path: string;
  /** Where it stands what a page was told. */
  readonly #heard: string;
  #cursor = 0;

  constructor(places: Places, server: Server, path: string, heard: string) {
    this.#places = places;
    this.#server = server;
    this.#path = path;
    this.#heard = heard;
  }

  async round(name: Case): Promise<Round> {
    if (name === 'nobody') return this.measure(JOBS);
    if (name !== 'floor') {
      const { round, heard } = await this.#beside(name, new URL(this.#server.http).port);
      if (name === 'pages') await writeFile(this.#heard, heard);
      return round;
    }
    const bare = this.#start('floor-pages', this.#heard, String(PAGES));
    const [port] = await once(bare.stdout, 'data');
    const { round } = await this.#beside('pages', String(port).trim());
    await ended(bare);
    return round;
  }

  /** One push, from the first job that the dispatcher knows to the last verdict. */
  async measure(count: number): Promise<Round> {
    const cpuMs = cpuMsOf(this.#server.pid);
    await pushCommits(this.#path, count);
    let left = count;
    let first = '';
    let last = '';
    const isLast = ({ id, type, at }: { id: number; type: string; at: string }) => {
      this.#cursor = id;
      first ||= at;
      last = at;
      left -= type === 'run.completed' ? 1 : 0;
      return left === 0;
    };
    await followEvents(this.#server, isLast, this.#cursor);
    // by the events' own times: what is heard of here may be late
    const seconds = (Date.parse(last) - Date.parse(first)) / 1_000;
    return { jobsPerSecond: count / seconds, cpuPerJob: (cpuMsOf(this.#server.pid) - cpuMs) / count };
  }

  /** The same beside pages, or programs, that read at this port. */
  async #beside(kind: 'pages' | 'programs', port: string): Promise<{ round: Round; heard: string }> {
    const readers = this.#start('readers', port, String(PAGES), kind);
    await once(readers.stdout, 'data', { signal: AbortSignal.timeout(30_000) });
    const round = await this.measure(JOBS);
    readers.stdin.end();
    const heard = await text(readers.stdout);
    await ended(readers);
    return { round, heard };
  }

  #start(program: string, ...args: string[]) {
    const file = join(this.#places.bench, `${program}.mjs`);
    return spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  }
}

function startRunner(places: Places, { home, dispatcher }: Server): ChildProcess {
  const bin = join(places.root, 'bin', 'signalbox.mjs');
  const args = ['--name', 'bench', '--slots', String(SLOTS), '--home', home, '--dispatcher', dispatcher];
  return spawn(process.execPath, [bin, 'runner', ...args, '--log-level', 'warn'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
