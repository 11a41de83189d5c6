import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, Template } from '../../src/model/workflow.ts';
import { ExpressionError } from '../../src/workflow/expression-error.ts';
import {
  type EvaluationScope,
  evaluate,
  evaluateCondition,
  evaluateTemplate,
  evaluateText,
} from '../../src/workflow/expressions.ts';
import { expr, template } from '../support/definitions.ts';

const contexts = {
  github: {
    ref: 'refs/heads/main',
    event: {
      commits: [
        { id: 'a', tags: ['x'] },
        { id: 'b', tags: ['y', 'z'] },
      ],
      Number: 3,
    },
  },
  env: { constructor: 'mine', EMPTY: '' },
  matrix: { node: 20, beta: true, version: 3.1, list: [1, 'two', null], nested: { a: { v: 1 }, b: { v: 2 } } },
  needs: { build: { result: 'success', outputs: { list: '["p","q"]' } }, lint: { result: 'failure', outputs: {} } },
};
const scope: EvaluationScope = { contexts, path: 'ci.yml' };
const value = (text: string, more: Partial<EvaluationScope> = {}) => evaluate(expr(text), { ...scope, ...more });
const text = (source: Template) => evaluateText(source, scope);

/** What expressions are made of, and what they are not. */
const PIECES =
  "( ) [ ] . , ! != == < <= > >= && || * ' '' 'a' 1 -1 .5 0x1 1e9 NaN null true github needs env matrix .list .* format( join( fromJSON( toJSON( contains( success() case( constructor __proto__ toString ${{ \\ \n \u0000 ü"
    .split(' ')
    .concat(' ', "'{0}'", "'[1]'");

describe('values', () => {
  test.each<[string, Json]>([
    ['null', null],
    ['true', true],
    ['0xff', 255],
    ['-2.5', -2.5],
    ["'it''s ''all'' here'", "it's 'all' here"],
    ['github.ref', 'refs/heads/main'],
    ['GitHub.REF', 'refs/heads/main'],
    ["github['ref']", 'refs/heads/main'],
    ['github.event.number', 3],
    ['github.nothing.at.all', null],
    ['github.event.commits[1].id', 'b'],
    ['github.event.commits[9].id', null],
    ['github.event.commits.*.id', ['a', 'b']],
    ['github.event.commits.*.tags[0]', ['x', 'y']],
    ['github.event.commits.*.tags.*', ['x', 'y', 'z']],
    ['matrix.nested.*.v', [1, 2]],
    ['matrix.nested', { a: { v: 1 }, b: { v: 2 } }],
    ['secrets.TOKEN', null],
    ['steps', null],
    ['env.constructor', 'mine'],
    ['env.toString', null],
    ['env.__proto__', null],
    ["github.ref == 'REFS/heads/MAIN'", true],
    ["1 == '1'", true],
    ["'' == 0", true],
    ['null == 0', true],
    ["true == 'true'", false],
    ["'abc' < 'ABD'", true],
    ['github.event == github.event', true],
    ['github.event == github', false],
    ['NaN == NaN', false],
    ["'x' == 0", false],
    ['!github.nothing', true],
    ["github.nothing || 'other'", 'other'],
    ["env.EMPTY && 'never'", ''],
    ["true && 'yes' || 'no'", 'yes'],
    ["contains('Hello', 'hell')", true],
    ['contains(matrix.list, 2)', false],
    ["contains(matrix.list, 'TWO')", true],
    ["contains(fromJSON('[\"push\"]'), 'push')", true],
    ["startsWith(github.ref, 'REFS/')", true],
    ["endsWith(github.ref, '/main')", true],
    ["format('{0}-{{x}}-{1}-{0}', 'a', 2)", 'a-{x}-2-a'],
    ["join(matrix.list, '+')", '1+two+'],
    ['join(github.event.commits.*.id)', 'a,b'],
    ["join('one')", 'one'],
    ['fromJSON(\'{"a":[1,{"b":null}]}\')', { a: [1, { b: null }] }],
    ['fromJSON(\'{"constructor":1}\').constructor', 1],
    ['fromJSON(needs.build.outputs.list)[1]', 'q'],
    ['toJSON(matrix.list)', '[\n  1,\n  "two",\n  null\n]'],
    ['toJSON(github.nothing)', 'null'],
    ["toJSON(fromJSON('{}'))", '{}'],
    ["case(matrix.node == 18, 'old', matrix.node == 20, 'lts', 'new')", 'lts'],
    ["case(true, 'fine', fromJSON('bad'))", 'fine'],
  ])('%s is %j', (source, expected) => {
    expect(value(source)).toEqual(expected);
  });

  test('numbers are written as GitHub writes them', () => {
    const written = (source: string) => text(expr(source));
    expect(
      [
        '20',
        '3.10',
        '-0',
        '1e3',
        '123456789012345',
        '1234567890123456',
        '1e21',
        '0.0001',
        '0.00001',
        'NaN',
        '-Infinity',
      ].map(written),
    ).toEqual([
      '20',
      '3.1',
      '0',
      '1000',
      '123456789012345',
      '1.23456789012346E+15',
      '1E+21',
      '0.0001',
      '1E-05',
      'NaN',
      '-Infinity',
    ]);
  });

  test.each([
    ["contains('at 1E+15', 1000000000000000)", true],
    ["startsWith(1e-7, '1E-07')", true],
    ["toJSON(fromJSON('[1000000000000000,0.0000001,0.5]'))", '[\n  1E+15,\n  1E-07,\n  0.5\n]'],
  ])('a number is written in the same way in %s', (source, expected) => {
    expect(value(source)).toBe(expected);
  });

  test('toJSON writes what JSON.stringify writes', () => {
    const json = { 'a"b': [1, [], {}, null, true, 'ü\n'], c: { d: [[0.5]] }, e: 'x' };
    expect(value('toJSON(matrix)', { contexts: { matrix: json } })).toBe(JSON.stringify(json, null, 2));
  });

  test.each([
    ["'\u00df' == 'SS'", false],
    ["'stra\u00dfe' == 'STRA\u00dfE'", true],
    ["'\u00e4 \u00df' == '\u00c4 \u00df'", true],
    ["'\u0131' == 'I'", false],
    ["'\u017f' == 's'", false],
    ["contains('STRASSE', '\u00df')", false],
    ["contains(fromJSON('[\"\u00df\"]'), 'ss')", false],
    ["startsWith('\u00df', 's')", false],
    ["endsWith('M\u00dcNCHEN', '\u00fcnchen')", true],
  ])('a letter is compared with one letter only: %s is %j', (source, expected) => {
    expect(value(source)).toBe(expected);
  });

  test('null is an empty text, lists and mappings are their names', () => {
    expect(
      ['github.nothing', 'matrix.beta', 'matrix.list', 'matrix.nested', 'github.event.commits.*.id'].map((one) =>
        text(expr(one)),
      ),
    ).toEqual(['', 'true', 'Array', 'Object', 'Array']);
    expect(value("format('{0}|{1}|{2}', null, matrix.list, matrix.nested)")).toBe('|Array|Object');
  });

  test('an expression in a list that stands for a list puts what is in it there', () => {
    const list = template([
      'a',
      expr('fromJSON(needs.build.outputs.list)'),
      [expr('matrix.list')],
      expr('matrix.nested.a'),
    ]);
    expect(evaluateTemplate(list, scope)).toEqual(['a', 'p', 'q', [1, 'two', null], { v: 1 }]);
    expect(evaluateTemplate(template(['', expr("fromJSON('[]')")]), scope)).toEqual(['']);
  });

  test('a context is read only where an expression asks for it', () => {
    const lazy = {
      get github(): never {
        throw new Error('read');
      },
      vars: { A: '1' },
    };
    expect(evaluate(expr('vars.A'), { contexts: lazy, path: '' })).toBe('1');
  });
});

describe('conditions', () => {
  test.each([
    ["''", false],
    ["'false'", true],
    ['0', false],
    ['NaN', false],
    ['null', false],
    ["fromJSON('{}')", true],
    ["fromJSON('[]')", true],
  ])('%s is %s', (source, expected) => {
    expect(evaluateCondition(expr(source), scope)).toBe(expected);
  });

  test('status functions tell how what came before ended', () => {
    const status = { success: false, failure: true, cancelled: false };
    expect(
      ['success()', 'failure()', 'cancelled()', 'always()', 'Success()'].map((one) => value(one, { status })),
    ).toEqual([false, true, false, true, false]);
    expect(
      ["success('build')", "success('build', 'lint')", "failure('lint')"].map((one) => value(one, { status })),
    ).toEqual([true, false, true]);
  });

  test('hashFiles asks for the hash of its patterns', () => {
    const hashFiles = (patterns: readonly string[]) => `hash of ${patterns.join(' ')}`;
    expect(value("hashFiles('**/lock', '!x')", { hashFiles })).toBe('hash of **/lock !x');
  });
});

describe('templates', () => {
  test('a mapping is evaluated with all that is in it, in the order of the file', () => {
    const source = template({
      a: expr('matrix.node'),
      b: ['x', expr('matrix.beta'), { c: expr('matrix.list') }],
      d: null,
    });
    expect(evaluateTemplate(source, scope)).toEqual({ a: 20, b: ['x', true, { c: [1, 'two', null] }], d: null });
  });

  test('a key of any name is a plain property', () => {
    const made = evaluateTemplate({ entries: [['__proto__', 1]] }, scope) as object;
    expect(Object.keys(made)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
  });
});

describe('errors', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      '1 / 0',
      'ci.yml:3:5: the expression "1 / 0" cannot be read: unexpected \'/\' at position 3; expressions have no arithmetic',
    ],
    ['github.run_number+1', 'no arithmetic'],
    ['', 'it is empty'],
    ['foo.bar', "there is no context 'foo'"],
    ['"double"', 'unexpected \'"double"\' at position 1'],
    ['nope(1)', 'there is no function nope()'],
    ['constructor(1)', 'there is no function constructor()'],
    ['__proto__()', 'there is no function __proto__()'],
    ['format()', "too few parameters supplied: 'format'"],
    ["contains('a')", "too few parameters supplied: 'contains'"],
    ["case(true, 'a')", 'too few parameters'],
    ["case('x', 1, 2)", 'a condition of case() is neither true nor false'],
    ['(1', 'unexpected end of expression'],
    ["'open", "unexpected ''open' at position 1"],
    ["fromJSON('nope')", 'fromJSON() was given something that is no JSON'],
    ["fromJSON('')", 'fromJSON() was given an empty text'],
    ["github[fromJSON('x')]", 'fromJSON() was given something that is no JSON'],
    ["format('{2}', 1)", 'format() was given 1 values, too few for its pattern: {2}'],
    ["format('{', 1)", 'format() was given a pattern with a lone {'],
    ['success()', 'success() can be used in "if" only'],
    ["hashFiles('x')", 'hashFiles() can be used in steps only'],
    [`${'('.repeat(60)}1${')'.repeat(60)}`, 'nested deeper than 50 levels'],
    [`${'!'.repeat(60)}true`, 'nested deeper than 50 levels'],
    [`'${'x'.repeat(21_000)}'`, 'longer than 21000 characters'],
  ];
  test.each(cases.map(([source, words]) => ({ source, words })))('$words', ({ source, words }) => {
    const failing = () => value(source);
    expect(failing).toThrow(ExpressionError);
    expect(failing).toThrow(words);
  });

  test('a text that grows without bound ends as an error before the memory is taken', () => {
    const tenfold = (inner: string) => `format('{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}', ${inner})`;
    const bomb = Array.from({ length: 12 }).reduce<string>((inner) => tenfold(inner), "'ha'");
    expect(() => value(bomb)).toThrow('more than 10 MiB of text');
    const many = { list: Array.from({ length: 200_000 }, () => 'some text') };
    const wide = { contexts: { matrix: many, env: { SEPARATOR: '-'.repeat(1_000) } } };
    expect(() => value('join(matrix.list, env.SEPARATOR)', wide)).toThrow('more than 10 MiB of text');
    const parts = template(Array.from({ length: 20 }, () => expr('toJSON(env.BIG)')));
    expect(() => evaluateTemplate(parts, { ...scope, contexts: { env: { BIG: 'x'.repeat(1_000_000) } } })).toThrow(
      'more than 10 MiB',
    );
  });

  test('what reads without bound ends as an error', () => {
    const wide = { contexts: { env: { BIG: 'x'.repeat(1_000_000), SAME: 'x'.repeat(1_000_000) } } };
    const both = (part: string) => Array.from({ length: 500 }, () => part).join(' && ');
    expect(() => value(both('env.BIG == env.SAME'), wide)).toThrow('compares more than 64 MiB of text');
    expect(() => value(both("!contains(env.BIG, 'y')"), wide)).toThrow('compares more than 64 MiB of text');
  });

  test('whatever stands in an expression, it has a value or is an error with a place', () => {
    const piece = fc.constantFrom(...PIECES);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          value(pieces.join(''), { status: { success: true, failure: false, cancelled: false } });
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
          expect(String(error)).toContain('ci.yml:3:5: the expression ');
        }
      }),
    );
  });

  test('an output of 1 MiB passes through', () => {
    const needs = { build: { outputs: { list: JSON.stringify(['x'.repeat(1_048_576 - 4)]) } } };
    expect(value('join(fromJSON(needs.build.outputs.list))', { contexts: { needs } })).toHaveLength(1_048_572);
  });

  test('JSON that is nested without end is an error, not a crash', () => {
    const needs = { a: { outputs: { deep: '['.repeat(100_000) + ']'.repeat(100_000) } } };
    expect(() => value('toJSON(fromJSON(needs.a.outputs.deep))', { contexts: { needs } })).toThrow('nested too deep');
  });
});
