import { Parser, type Result } from 'tap-parser';
import { draft, type TestDraft } from './test-draft.ts';

/** Does this look like the Test Anything Protocol? Looks at the beginning only. */
export function isTap(text: string): boolean {
  return /^(?:TAP version \d+|1\.\.\d+\b|(?:not )?ok \d+\b)/m.test(text.slice(0, 64 * 1024));
}

/** The tests of a TAP report; a test that holds others is not counted itself. */
export function parseTap(text: string): readonly TestDraft[] {
  const tests: TestDraft[] = [];
  const parser = new Parser();
  follow(parser, [], tests);
  parser.end(text);
  return tests;
}

function follow(parser: Parser, path: readonly string[], tests: TestDraft[]): void {
  // the line that closes a group says again what its tests said
  let closing: { readonly name: string; readonly from: number } | undefined;
  parser.on('child', (child: Parser) => {
    closing = { name: child.name, from: tests.length };
    follow(child, [...path, child.name], tests);
  });
  parser.on('assert', (result: Result) => {
    const isClosing = closing !== undefined && closing.name === result.name && tests.length > closing.from;
    closing = undefined;
    if (!isClosing) tests.push(toDraft(result, path));
  });
}

function toDraft(result: Result, path: readonly string[]): TestDraft {
  const isSkipped = Boolean(result.skip) || Boolean(result.todo);
  const { file, line } = placeIn(result.diag ?? {});
  return draft({
    suite: path.join(' > '),
    name: result.name || `test ${result.id}`,
    conclusion: isSkipped ? 'skipped' : result.ok ? 'success' : 'failure',
    durationMs: result.time,
    ...(result.ok || isSkipped ? {} : { message: messageIn(result.diag ?? {}) }),
    file,
    line,
  });
}

/** What the YAML below a line says; each tool has words of its own. */
function messageIn(diag: Readonly<Record<string, unknown>>): string {
  const title = [diag.error, diag.message, diag.reason].find((one) => typeof one === 'string');
  const stack = typeof diag.stack === 'string' ? diag.stack : '';
  const compared = 'expected' in diag || 'actual' in diag || 'found' in diag || 'wanted' in diag;
  const values = compared
    ? `expected: ${show(diag.expected ?? diag.wanted)}\nactual: ${show(diag.actual ?? diag.found)}`
    : '';
  return [title, values, stack].filter((part) => typeof part === 'string' && part !== '').join('\n');
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
}

/** `at: { file, line }` of node-tap; `location: '/x/a.js:3:1'` of node; `at: 'fn (/x/a.js:3:1)'` of tape. */
function placeIn(diag: Readonly<Record<string, unknown>>): { file?: string; line?: number } {
  const { at, location } = diag;
  if (typeof at === 'object' && at !== null) {
    const { file, fileName, line, lineNumber } = at as Record<string, unknown>;
    const path = file ?? fileName;
    return typeof path === 'string' ? { file: path, line: Number(line ?? lineNumber) } : {};
  }
  const text = typeof location === 'string' ? location : typeof at === 'string' ? at : '';
  const [, path, line] = /([^\s('"]+):(\d+):\d+/.exec(text.slice(0, 1000)) ?? [];
  return path === undefined ? {} : { file: path.replace(/^file:\/\//, ''), line: Number(line) };
}
