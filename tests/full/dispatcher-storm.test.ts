import { expect, test } from 'vitest';
import type { LeaseMessage } from '../../src/protocol/from-dispatcher.ts';
import { Ci, type WatchedRepository } from '../support/ci.ts';
import { type FakeRunner, keyOf } from '../support/fake-runner.ts';
import { waitFor } from '../support/wait-for.ts';

/** Numbers in [0, 1) that are the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** A runner as a machine: what it holds survives its connections, but not its crashes. */
class Machine {
  readonly name: string;
  readonly #ci: Ci;
  #session = 0;
  runner: FakeRunner | undefined;
  held: LeaseMessage[] = [];

  constructor(ci: Ci, name: string) {
    this.#ci = ci;
    this.name = name;
  }

  /** Everything that it was given over this connection and still has. */
  all(): LeaseMessage[] {
    const given = this.runner?.holds.splice(0) ?? [];
    this.held.push(...given);
    return this.held;
  }

  async connect(): Promise<void> {
    this.all();
    const executions = this.held.map((lease) => ({ ...keyOf(lease), logBytes: 0 }));
    const session = `session-${this.name}-${this.#session}`;
    this.runner = await this.#ci.runner({ name: this.name, slots: 2, session, executions });
    const [welcome] = this.runner.heard;
    const dropped = welcome?.type === 'welcome' ? welcome.drop : [];
    this.held = this.held.filter(
      (lease) => !dropped.some(({ job, execution }) => job === lease.job && execution === lease.execution),
    );
  }

  async vanish(): Promise<void> {
    await this.runner?.vanish();
    this.all();
    this.runner = undefined;
  }

  async crash(): Promise<void> {
    await this.vanish();
    this.#session += 1;
    this.held = [];
  }

  /** One of its jobs ends. Half of the time the answer is waited for. */
  async finish(random: () => number): Promise<void> {
    const lease = this.all().shift();
    if (lease === undefined || this.runner === undefined) return;
    const { runner } = this;
    if (random() < 0.5) {
      const isOver = await Promise.race([runner.finished(lease).then(() => true), runner.closed.then(() => false)]);
      if (!isOver) this.held.push(lease);
    } else {
      this.runner.finish(lease);
      this.held.push(lease); // not acknowledged: it is said again
    }
  }

  async heartbeat(): Promise<void> {
    if (this.runner === undefined || this.runner.connection.isClosed) return;
    const { lost } = await this.runner.heartbeat(this.all());
    this.held = this.held.filter(
      (lease) => !lost.some(({ job, execution }) => job === lease.job && execution === lease.execution),
    );
  }
}

async function storm(ci: Ci, repository: WatchedRepository, random: () => number): Promise<readonly number[]> {
  const machines = ['a', 'b', 'c'].map((name) => new Machine(ci, name));
  const runs: number[] = [];
  const pick = () => machines[Math.floor(random() * machines.length)] as Machine;
  const actions: (() => Promise<unknown>)[] = [
    async () =>
      runs.push(
        ...(await ci.push(repository, await repository.git('commit-tree', 'HEAD^{tree}', '-m', `${random()}`))),
      ),
    async () => {
      const machine = pick();
      if (machine.runner === undefined) await machine.connect();
    },
    () => pick().finish(random),
    () => pick().finish(random),
    () => pick().vanish(),
    async () => {
      await pick().vanish();
      await pick().connect();
    },
    async () => {
      if (random() < 0.4) await pick().crash();
    },
    async () => {
      if (random() < 0.2) return ci.restart();
      for (const machine of machines) await machine.heartbeat();
      ci.clock.advance(Math.floor(random() * 15_000));
    },
  ];
  for (let step = 0; step < 150; step++) await actions[Math.floor(random() * actions.length)]?.();
  await calm(ci, machines, runs);
  return runs;
}

/** The storm is over: everybody comes back and does what is left. */
async function calm(ci: Ci, machines: readonly Machine[], runs: readonly number[]): Promise<void> {
  await waitFor('the end of all runs', async () => {
    for (const machine of machines) {
      if (machine.runner === undefined || machine.runner.connection.isClosed) await machine.connect();
      for (const lease of machine.all().splice(0)) await machine.runner?.finished(lease);
      await machine.heartbeat();
    }
    ci.clock.advance(5_000);
    const left = await Promise.all(runs.map((run) => ci.show(run)));
    return left.every(({ run }) => run.status === 'completed');
  });
}

for (const seed of [1, 2, 3]) {
  test(`a storm of drops, crashes and restarts leaves one verdict for every commit (seed ${seed})`, async () => {
    await using ci = await Ci.start();
    await using repository = await ci.repository();
    const runs = await storm(ci, repository, randomFrom(seed));
    const found = await Promise.all(runs.map((run) => ci.show(run)));
    expect(new Set(runs).size).toBe(runs.length);
    expect(found.map(({ run }) => run.number)).toEqual(found.map((_, at) => at + 1));
    for (const { run, jobs } of found) {
      const outcomes = jobs.flatMap(({ executions }) => executions.map(({ outcome }) => outcome));
      expect(outcomes.filter((outcome) => outcome === 'finished').length).toBe(run.conclusion === 'success' ? 1 : 0);
      expect(['success', 'error']).toContain(run.conclusion);
      if (run.conclusion === 'error')
        expect(outcomes.filter((outcome) => outcome === 'lost').length).toBeGreaterThanOrEqual(3);
      expect(outcomes).not.toContain(null);
    }
    expect(await ci.store.openExecutions()).toEqual([]);
    const events = await ci.store.events(0, 100_000);
    const completed = events.filter(({ type }) => type === 'run.completed').map(({ run }) => run);
    expect(completed.sort()).toEqual([...runs].sort());
  });
}
