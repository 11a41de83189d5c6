import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseActionSteps } from '../../src/workflow/parse-action-steps.ts';
import { type ParsedWorkflow, parseWorkflow } from '../../src/workflow/parse-workflow.ts';

const VALID = `name: CI
on:
  push: { branches: [main, 'v[0-9]+'], paths-ignore: ['docs/**'] }
  schedule: [{ cron: '0 3 * * 1-5' }]
  workflow_dispatch: { inputs: { level: { type: choice, options: [a, b], default: a } } }
  workflow_call: { inputs: { n: { type: number } }, outputs: { o: { value: "\${{ jobs.a.outputs.o }}" } } }
env: &env { A: 'x' }
concurrency: { group: "g-\${{ github.ref }}", cancel-in-progress: true }
jobs:
  a:
    if: github.ref == 'refs/heads/main' && !cancelled()
    runs-on: \${{ matrix.os }}
    strategy: { matrix: { os: [x, y], include: [{ os: x, n: 1 }] } }
    env: *env
    steps:
      - uses: actions/checkout@v4
      - id: one
        if: \${{ always() }}
        run: |
          echo '\${{ github.sha }}' {0}
        timeout-minutes: 3
  b: { needs: [a], uses: ./.github/workflows/b.yml, secrets: inherit }
`;

/** Pieces of which trouble is made. */
const PIECES = [
  ...'on jobs steps runs-on uses run if needs env with strategy matrix include name id push schedule cron inputs type'.split(
    ' ',
  ),
  ...[
    '${{',
    '}}',
    "'",
    '"',
    '|',
    '>',
    '-',
    ':',
    ': ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '\n',
    '\n  ',
    '\t',
    '#',
    '&a ',
    '*a',
    '<<',
    '? ',
    '---\n',
  ],
  ...[
    '!',
    '!!binary x',
    '%YAML 1.1\n',
    '~',
    'null',
    'true',
    '.nan',
    '0x1f',
    '__proto__',
    'constructor',
    'github.',
    'success()',
  ],
  ...[
    'fromJSON(',
    '&&',
    '||',
    '==',
    '\0',
    '\ud800',
    '\u2028',
    '\r',
    '😀',
    '...',
    '${{ insert }}',
    'a: b',
    '2001-01-01',
  ],
];

const cut = fc.nat({ max: VALID.length });
const edited = fc
  .array(fc.tuple(cut, fc.nat({ max: 20 }), fc.constantFrom('', ...PIECES)), { minLength: 1, maxLength: 6 })
  .map((edits) => edits.reduce((text, [at, gone, piece]) => text.slice(0, at) + piece + text.slice(at + gone), VALID));
const pieced = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(''));
const anything = fc.string({ unit: 'binary', maxLength: 300 });
const valued = fc.json({ maxDepth: 6 }).map((json) => `on: push\njobs: ${json}`);

function check(parsed: ParsedWorkflow | ReturnType<typeof parseActionSteps>): void {
  if (!('problems' in parsed)) {
    expect(JSON.parse(JSON.stringify(parsed))).toEqual(parsed);
    return;
  }
  expect(parsed.problems.length).toBeGreaterThan(0);
  for (const { message, at } of parsed.problems) {
    // words of the runtime would mean that something was not thought of
    expect(message).not.toMatch(/undefined|\[object|TypeError|cannot read prop|is not a function|maximum call stack/i);
    expect(message).not.toMatch(/^it cannot be read: /);
    if (at !== null) expect(Math.min(at.line, at.column)).toBeGreaterThan(0);
  }
}

test('no text makes the parser throw, and what it says is in words', () => {
  const texts = fc.oneof({ weight: 4, arbitrary: edited }, pieced, anything, valued);
  fc.assert(
    fc.property(texts, (text) => {
      check(parseWorkflow('.github/workflows/ci.yml', text));
      check(parseActionSteps('action.yml', text));
    }),
    { numRuns: Number(process.env.SIGNALBOX_FUZZ_RUNS ?? 400) },
  );
});

const MIB = 1024 * 1024 - 100;
const much = (piece: string, length = MIB) => piece.repeat(Math.floor(length / piece.length));
const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
for (let level = 1; level < 15; level++) bomb.push(`a${level}: &a${level} [${Array(9).fill(`*a${level - 1}`)}]`);

test.each([
  ['aliases that stand for 10^14 values', bomb.join('\n'), /^\d+:\d+: with its aliases expanded it is larger than/],
  ['an alias inside of itself', 'a: &a [*a]', /^1:8: the alias \*a stands inside of what it stands for$/],
  ['an alias of nothing', 'on: *a', /^1:5: there is no anchor &a before this alias$/],
  ['a merge key', 'on: push\njobs:\n  <<: { a: {} }', /^3:3: merge keys/],
  ['lists in lists', much('['), /^it is nested more than 50 levels deep$/],
  ['mappings in mappings', much('{a: '), /^it is nested more than 50 levels deep$/],
  ['a megabyte of aliases', `a: &a x\nb: [${much('*a,', MIB - 100)}]`, /^it has more than 300000 words and signs$/],
  ['a megabyte of quotes', much('"'), /^it has more than 300000 words and signs$/],
  ['more than a megabyte', much('#', MIB + 200), /^the file is larger than 1 MiB$/],
  [
    'an expression of a megabyte',
    `on: push\nrun-name: \${{ ${much('1 || ', MIB - 100)} 1 }}\njobs: {}`,
    /^2:11: .* 21,000 characters at most$/,
  ],
  [
    '200,000 expressions in one text',
    `on: push\nrun-name: ${much('${{1}}', MIB - 100)}\njobs: {}`,
    /^2:11: .* 21,000 characters at most$/,
  ],
  [
    'parentheses in parentheses',
    `on: push\nrun-name: \${{ ${much('(', 5_000)} }}\njobs: {}`,
    /^2:\d+: exceeded max expression depth 50/,
  ],
])('%s: an error in words, soon', (_, text, problem) => {
  const began = performance.now();
  const parsed = parseWorkflow('ci.yml', text);
  expect(performance.now() - began).toBeLessThan(5_000);
  const [first] = 'problems' in parsed ? parsed.problems : [];
  const place = first?.at === null || first === undefined ? '' : `${first.at.line}:${first.at.column}: `;
  expect(`${place}${first?.message}`).toMatch(problem);
});
