import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/model/workflow.ts';
import { expandMatrix } from '../../src/workflow/matrix.ts';

const refuse = (words: string): never => {
  throw new Error(words);
};
const legs = (matrix: Json) => expandMatrix(matrix, refuse).map((leg) => leg.matrix);
const names = (matrix: Json) => expandMatrix(matrix, refuse).map((leg) => leg.segments.join(', '));

describe('combinations', () => {
  test('the first axis changes slowest', () => {
    expect(legs({ os: ['a', 'b'], node: [18, 20] })).toEqual([
      { os: 'a', node: 18 },
      { os: 'a', node: 20 },
      { os: 'b', node: 18 },
      { os: 'b', node: 20 },
    ]);
  });

  test("the documentation's example of include", () => {
    const matrix = {
      fruit: ['apple', 'pear'],
      animal: ['cat', 'dog'],
      include: [
        { color: 'green' },
        { color: 'pink', animal: 'cat' },
        { fruit: 'apple', shape: 'circle' },
        { fruit: 'banana' },
        { fruit: 'banana', animal: 'cat' },
      ],
    };
    expect(legs(matrix)).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
      { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'pear', animal: 'dog', color: 'green' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ]);
  });

  test("the documentation's example of a configuration that is added", () => {
    const matrix = {
      os: ['windows-latest', 'ubuntu-latest'],
      node: [14, 16],
      include: [{ os: 'windows-latest', node: 16, npm: 6 }],
    };
    expect(legs(matrix)).toContainEqual({ os: 'windows-latest', node: 16, npm: 6 });
    expect(legs(matrix)).toHaveLength(4);
    expect(
      legs({ os: ['macos-latest'], version: [12, 14], include: [{ os: 'windows-latest', version: 17 }] }),
    ).toHaveLength(3);
  });

  test("the documentation's example of exclude", () => {
    const matrix = {
      os: ['macos-latest', 'windows-latest'],
      version: [12, 14, 16],
      environment: ['staging', 'production'],
      exclude: [
        { os: 'macos-latest', version: 12, environment: 'production' },
        { os: 'windows-latest', version: 16 },
      ],
    };
    expect(legs(matrix)).toHaveLength(9);
    expect(legs(matrix)).not.toContainEqual({ os: 'windows-latest', version: 16, environment: 'staging' });
    expect(legs(matrix)).toContainEqual({ os: 'macos-latest', version: 12, environment: 'staging' });
  });

  test('include alone makes its jobs', () => {
    expect(legs({ include: [{ site: 'a' }, { site: 'b', port: 1 }] })).toEqual([{ site: 'a' }, { site: 'b', port: 1 }]);
  });

  test('include adds back what exclude took away', () => {
    expect(legs({ os: ['a', 'b'], exclude: [{ os: 'b' }], include: [{ os: 'b', extra: 1 }] })).toEqual([
      { os: 'a' },
      { os: 'b', extra: 1 },
    ]);
  });

  test('filters compare as == does: other case, numbers and their texts, nested values', () => {
    expect(legs({ os: ['Linux'], include: [{ OS: 'LINUX', x: 1 }] })).toEqual([{ os: 'Linux', x: 1 }]);
    expect(legs({ node: [18, 20], exclude: [{ node: '18' }] })).toEqual([{ node: 20 }]);
    const nested = { node: [{ version: 14 }, { version: 20, env: 'X' }], exclude: [{ node: { version: 20 } }] };
    expect(legs(nested)).toEqual([{ node: { version: 14 } }]);
    expect(
      legs({
        set: [
          [1, 2],
          [1, 3],
        ],
        exclude: [{ set: [1, 3] }],
      }),
    ).toEqual([{ set: [1, 2] }]);
  });

  test('if everything is excluded there is no leg', () => {
    expect(legs({ os: ['a'], exclude: [{ os: 'a' }] })).toEqual([]);
  });
});

describe('names', () => {
  test.each<[string, Json, readonly string[]]>([
    ['values in the order of the axes', { node: [20], os: ['ubuntu-latest'] }, ['20, ubuntu-latest']],
    ['not what include added', { os: ['a'], include: [{ os: 'a', color: 'green' }] }, ['a']],
    ['all of an include that stands alone', { os: ['a'], include: [{ color: 'green', os: 'b' }] }, ['a', 'b, green']],
    ['leaves of nested values, without null and empty', { x: [{ a: 1, b: [true, null, ''] }] }, ['1, true']],
    ['numbers as GitHub prints them', { v: [3.1, 1e21] }, ['3.1', '1E+21']],
  ])('%s', (_, matrix, expected) => {
    expect(names(matrix)).toEqual(expected);
  });
});

describe('errors', () => {
  const axis = (count: number) => Array.from({ length: count }, (_, index) => index);
  const cases: readonly (readonly [Json, string])[] = [
    [{}, 'Matrix must define at least one vector'],
    [{ include: [] }, 'Matrix must define at least one vector'],
    [{ os: [] }, "Matrix vector 'os' does not contain any values"],
    [{ os: 'linux' }, "the matrix axis 'os' has to be a list, not the text 'linux'"],
    [{ os: null }, "the matrix axis 'os' has to be a list, not nothing"],
    ['', 'the matrix has to be a mapping, not an empty text'],
    [['a'], 'the matrix has to be a mapping, not a list'],
    [{ os: ['a'], include: 'x' }, "include of the matrix has to be a list of mappings, not the text 'x'"],
    [{ os: ['a'], include: ['x'] }, "include of the matrix has to hold mappings, not the text 'x'"],
    [{ os: ['a'], include: [{}] }, 'Matrix include mapping does not contain any values'],
    [{ os: ['a'], exclude: [{}] }, 'Matrix exclude filter must not be empty'],
    [{ os: ['a'], exclude: [{ arch: 'x' }] }, "Matrix exclude key 'arch' does not match any key within the matrix"],
    [{ n: axis(300) }, 'the matrix makes 300 jobs; the limit is 256'],
    [{ include: axis(300).map((n) => ({ n })) }, 'the matrix makes 300 jobs; the limit is 256'],
    [
      { n: axis(300), exclude: axis(3_000).map((n) => ({ n })) },
      'the matrix has 300 combinations; the limit is 256 jobs',
    ],
    [{ n: axis(400), m: axis(400), o: axis(4) }, 'the matrix has 640000 combinations; the limit is 256 jobs'],
  ];
  test.each(cases.map(([matrix, words]) => ({ matrix, words })))('$words', ({ matrix, words }) => {
    expect(() => legs(matrix)).toThrow(words);
  });

  test('256 jobs are allowed', () => {
    expect(legs({ a: axis(16), b: axis(16) })).toHaveLength(256);
    expect(legs({ a: axis(300), exclude: axis(44).map((a) => ({ a })) })).toHaveLength(256);
  });
});
