import { XMLParser } from 'fast-xml-parser';
import { draft, type TestDraft } from './test-draft.ts';

/*
 * JUnit XML has no standard. What its writers agree on: <testsuites> or <testsuite> at the top, suites in suites, and
 * <testcase> with <failure>, <error> or <skipped> in it. Where a test lives is said by each in its own way.
 */

const LISTS = new Set([
  ...['testsuites', 'testsuite', 'testcase', 'failure', 'error', 'skipped', 'flakyFailure', 'flakyError'],
  ...['rerunFailure', 'rerunError'],
]);

/** An element: attributes begin with `@`; text is `#text`, CDATA `#cdata`. */
type Element = Readonly<Record<string, unknown>>;

/** Is this the root of a report of JUnit's kind? Looks at the beginning only. */
export function isJunit(text: string): boolean {
  return /<testsuites?[\s>/]/.test(text.slice(0, 64 * 1024));
}

/**
 * The tests of a report. Entities of its own are not expanded, so that a few bytes cannot become gigabytes.
 * @throws {Error} it is not XML, or nested too deeply.
 */
export function parseJunit(text: string): readonly TestDraft[] {
  const parser = new XMLParser({
    ...{ ignoreAttributes: false, attributeNamePrefix: '@', textNodeName: '#text', cdataPropName: '#cdata' },
    ...{ parseTagValue: false, parseAttributeValue: false, trimValues: false },
    ...{ processEntities: false, ignoreDeclaration: true, ignorePiTags: true },
    isArray: (name) => LISTS.has(name),
  });
  const tests: TestDraft[] = [];
  const root = parser.parse(text) as Element;
  for (const top of [...elements(root, 'testsuites'), root]) readSuite(top, [], tests);
  return tests;
}

function readSuite(suite: Element, path: readonly Element[], tests: TestDraft[]): void {
  for (const testcase of elements(suite, 'testcase')) tests.push(readCase(testcase, path));
  for (const inner of elements(suite, 'testsuite')) readSuite(inner, [...path, inner], tests);
}

function readCase(testcase: Element, suites: readonly Element[]): TestDraft {
  const skipped = elements(testcase, 'skipped');
  // what is still to be done may fail, and node says so beside
  const isTodo = skipped.some((element) => attribute(element, 'type') === 'todo');
  const bad = isTodo ? [] : [...elements(testcase, 'failure'), ...elements(testcase, 'error')];
  const isSkipped = skipped.length > 0 || /^(?:notrun|disabled)$/.test(attribute(testcase, 'status'));
  const name = attribute(testcase, 'name');
  const seconds = attribute(testcase, 'time').replace(/,(?=\d{3})/g, '');
  const file = attribute(testcase, 'file') || attribute(suites.at(-1), 'file');
  const line = Number(attribute(testcase, 'line') || Number.NaN);
  const suite = suiteOf(testcase, suites);
  return draft({
    suite: suite === '' && file !== '' ? file : suite,
    name: name === '' ? '(no name)' : name,
    conclusion: bad.length > 0 ? 'failure' : isSkipped ? 'skipped' : 'success',
    durationMs: seconds === '' ? null : Number(seconds) * 1000,
    message: bad.map((element) => messageOf(element, testcase)).join('\n\n'),
    file: file === '' && isPath(suite) ? suite : file,
    // pytest counts from 0, and says so nowhere; its files end in .py
    line: file.endsWith('.py') ? line + 1 : line,
    isFlaky: elements(testcase, 'flakyFailure').length + elements(testcase, 'flakyError').length > 0,
  });
}

/** `classname`, where it says something; else the names of the suites around the test. */
function suiteOf(testcase: Element, suites: readonly Element[]): string {
  const name = attribute(testcase, 'name');
  const classname = attribute(testcase, 'class') || attribute(testcase, 'classname');
  // jest-junit repeats the name there, node writes the word "test"
  const saysNothing = classname === '' || classname === name || /^(?:test|suite)$/.test(classname);
  if (!saysNothing) return classname;
  const names = suites.map((suite) => attribute(suite, 'name')).filter((one) => one !== '' && one !== 'undefined');
  return names.join(' > ');
}

/** What a failure says: its `message`, unless the text says it again; then the text. */
function messageOf(element: Element, testcase: Element): string {
  const title = attribute(element, 'message').trim();
  const own = `${attribute(testcase, 'class') || attribute(testcase, 'classname')}::${attribute(testcase, 'name')}`;
  // PHPUnit begins with the name of the test
  const text = textOf(element).replace(/^\s*\n/, '');
  const body = text.startsWith(own) ? text.slice(text.indexOf('\n') + 1) : text;
  if (body.trim() === '') return title || attribute(element, 'type') || 'failed';
  const [firstOfTitle = ''] = title.split('\n', 1);
  const [firstOfBody = ''] = body.split('\n', 1);
  // Go's writers say "Failed" of each
  return title === 'Failed' || firstOfBody.includes(firstOfTitle) ? body : `${title}\n${body}`;
}

function isPath(text: string): boolean {
  return /[/\\][^/\\\s]*\.[A-Za-z]\w*$/.test(text) && !text.includes(' > ');
}

function elements(parent: Element, name: string): readonly Element[] {
  const found = parent[name];
  if (!Array.isArray(found)) return [];
  // an element with nothing but text is that text
  return found.map((one) => (typeof one === 'object' && one !== null ? (one as Element) : { '#text': String(one) }));
}

function attribute(element: Element | undefined, name: string): string {
  const value = element?.[`@${name}`];
  return typeof value === 'string' ? decodeEntities(value) : '';
}

function textOf(element: Element): string {
  const text = decodeEntities(stringOf(element['#text']));
  const cdata = stringOf(element['#cdata']);
  return text.trim() === '' ? cdata : text + cdata;
}

function stringOf(value: unknown): string {
  return Array.isArray(value) ? value.join('') : typeof value === 'string' ? value : '';
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The five entities of XML and characters by number; all others stay as they are. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(lt|gt|amp|quot|apos));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
