import type { ExecutionResult } from '../../src/protocol/execution-result.ts';
import type { FromDispatcher, LeaseMessage } from '../../src/protocol/from-dispatcher.ts';
import type { HelloMessage } from '../../src/protocol/hello.ts';
import type { ExecutionKey } from '../../src/protocol/wire-fields.ts';
import { NativeClient, type Of } from './native-client.ts';

type RunnerHello = NonNullable<HelloMessage['runner']>;

/** What of the hello a test wants otherwise. */
export interface FakeRunnerWishes extends Partial<RunnerHello> {
  readonly token?: string;
  readonly protocol?: HelloMessage['protocol'];
}

/** The runner's end of the native wire: executes nothing, and says what a test tells it to. */
export class FakeRunner extends NativeClient {
  readonly name: string;
  /** What it was given and did not finish. */
  readonly holds: LeaseMessage[] = [];

  constructor(address: string, wishes: FakeRunnerWishes = {}) {
    super(address);
    const { token = 'token', protocol, ...runner } = wishes;
    this.name = runner.name ?? 'one';
    const identity = { labels: [], slots: 1, session: 'session-1', host: 'here', pid: 1, isDraining: false };
    this.hello({
      role: 'runner',
      token,
      ...(protocol && { protocol }),
      runner: { name: this.name, ...identity, executions: [], ...runner },
    });
  }

  /** Connects and waits until it is welcome. */
  static async connect(address: string, wishes: FakeRunnerWishes = {}): Promise<FakeRunner> {
    const runner = new FakeRunner(address, wishes);
    await runner.welcomed();
    return runner;
  }

  welcomed(): Promise<Of<'welcome'>> {
    return this.received('welcome');
  }

  lease(): Promise<LeaseMessage> {
    return this.received('lease');
  }

  /** Says that it is there, with all it holds (or these), and waits for the answer. */
  heartbeat(executions: readonly ExecutionKey[] = this.holds): Promise<Of<'heartbeat_ack'>> {
    this.send({ type: 'heartbeat', executions: executions.map(keyOf) });
    return this.received('heartbeat_ack');
  }

  started(lease: ExecutionKey, at = 0): void {
    this.send({ type: 'started', ...keyOf(lease), at });
  }

  /** Sends log bytes from `offset` on. */
  async log(lease: ExecutionKey, offset: number, text: string | Buffer): Promise<void> {
    await this.connection.sendLog({ ...keyOf(lease), offset, bytes: Buffer.from(text) });
  }

  /** Says how it ended; green if nothing else is said. */
  finish(lease: ExecutionKey, more: Partial<ExecutionResult> = {}): void {
    const at = this.holds.findIndex((held) => held.job === lease.job && held.execution === lease.execution);
    if (at >= 0) this.holds.splice(at, 1);
    const result = { conclusion: 'success', reason: null, exit: { status: 0 }, startedAt: 0, completedAt: 0 } as const;
    const rest = { logBytes: 0, logBytesDropped: 0, steps: [], leftovers: [] };
    this.send({ type: 'finished', result: { ...keyOf(lease), ...result, ...rest, ...more } });
  }

  /** Finishes and waits for the answer. */
  async finished(lease: ExecutionKey, more: Partial<ExecutionResult> = {}): Promise<Of<'finished_ack'>> {
    this.finish(lease, more);
    return this.received('finished_ack', (ack) => ack.job === lease.job && ack.execution === lease.execution);
  }

  protected override took(message: FromDispatcher): void {
    if (message.type === 'lease') this.holds.push(message);
  }
}

/** Only what identifies an execution. */
export function keyOf({ job, execution }: ExecutionKey): ExecutionKey {
  return { job, execution };
}
