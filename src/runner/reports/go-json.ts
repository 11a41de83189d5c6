import { draft, type TestDraft } from './test-draft.ts';

/** Output of one test that is kept while it is read, in characters. */
const MAX_OUTPUT = 64 * 1024;

interface GoEvent {
  readonly Action?: unknown;
  readonly Package?: unknown;
  readonly Test?: unknown;
  readonly Elapsed?: unknown;
  readonly Output?: unknown;
}

interface Running {
  readonly suite: string;
  readonly name: string;
  output: string;
  draft?: TestDraft;
}

/** Is the first line an event of `go test -json`? */
export function isGoJson(text: string): boolean {
  const [first = ''] = text.slice(0, 4096).split('\n', 1);
  return /^\s*\{/.test(first) && /"Action"\s*:/.test(first);
}

/** The tests of `go test -json`: a line of JSON for each event. One that was run again counts as it ended last. */
export function parseGoJson(text: string): readonly TestDraft[] {
  const tests = new Map<string, Running>();
  for (const line of text.split('\n')) {
    const event = eventOf(line);
    if (typeof event?.Package !== 'string' || typeof event.Test !== 'string') continue;
    const key = `${event.Package} ${event.Test}`;
    const running = tests.get(key) ?? { suite: event.Package, name: event.Test, output: '' };
    tests.set(key, running);
    take(running, event);
  }
  const all = [...tests.values()];
  const parents = new Set(all.flatMap(({ suite, name }) => parentsOf(name).map((parent) => `${suite} ${parent}`)));
  // a test with subtests says again what they said
  return all.flatMap((one) => (one.draft === undefined || parents.has(`${one.suite} ${one.name}`) ? [] : [one.draft]));
}

function take(running: Running, event: GoEvent): void {
  const { suite, name } = running;
  if (event.Action === 'output' && typeof event.Output === 'string' && running.output.length < MAX_OUTPUT)
    running.output += event.Output;
  if (event.Action !== 'pass' && event.Action !== 'fail' && event.Action !== 'skip') return;
  const before = running.draft;
  const durationMs = typeof event.Elapsed === 'number' ? event.Elapsed * 1000 : null;
  const isFlaky = event.Action === 'pass' && (before?.conclusion === 'failure' || before?.isFlaky === true);
  running.draft =
    event.Action === 'fail'
      ? draft({ suite, name, conclusion: 'failure', durationMs, message: messageOf(running.output) })
      : draft({ suite, name, conclusion: event.Action === 'pass' ? 'success' : 'skipped', durationMs, isFlaky });
  running.output = '';
}

/** What the test itself wrote, without the lines that only say that it ran. */
function messageOf(output: string): string {
  const lines = output
    .split('\n')
    .filter((line) => !/^\s*(?:=== (?:RUN|PAUSE|CONT|NAME)|--- (?:FAIL|PASS|SKIP)):?\s/.test(line));
  const text = lines.join('\n').trim();
  return text === '' ? 'failed' : text;
}

/** `TestA/b/c` → `TestA`, `TestA/b`. */
function parentsOf(name: string): readonly string[] {
  const parts = name.split('/');
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
}

function eventOf(line: string): GoEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as GoEvent;
  } catch {
    return undefined; // the output of the test itself stands between the events
  }
}
