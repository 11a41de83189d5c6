import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Annotations, annotationOf } from '../../src/runner/workflow/annotations.ts';
import { parseCommandLine } from '../../src/runner/workflow/command-line.ts';
import { type LineSink, OutputLines } from '../../src/runner/workflow/output-lines.ts';

const plain = (line: string, extra?: string) => {
  const command = parseCommandLine(line, extra);
  return command === undefined ? undefined : [command.name, Object.fromEntries(command.properties), command.data];
};

test('a command has a name, properties and data, with what is escaped in them', () => {
  expect(plain('::error file=a.ts,line=1,endLine=2,title=Oh%2C no%3A::it failed%0Ain 100%25')).toEqual([
    'error',
    { file: 'a.ts', line: '1', endline: '2', title: 'Oh, no:' },
    'it failed\nin 100%',
  ]);
  expect(plain('  ::debug::%250A stays')).toEqual(['debug', {}, '%0A stays']);
  expect(plain('::group::')).toEqual(['group', {}, '']);
  expect(plain('::Add-Mask::x::y')).toEqual(['add-mask', {}, 'x::y']);
});

test('the older form may stand anywhere in a line', () => {
  expect(plain('2026-01-01 ##[error file=a;line=3]it is%5D')).toEqual(['error', { file: 'a', line: '3' }, 'it is%5D']);
  expect(plain('##[group]Title')).toEqual(['group', {}, 'Title']);
});

test('what is no command there is stays output', () => {
  for (const line of [
    '::unknown::x',
    ':: error::x',
    'x ::error::y',
    '::error',
    '##[section]x',
    'std::vector',
    '::::',
    '',
  ])
    expect(plain(line)).toBeUndefined();
  expect(plain('::TOKEN::', 'token')).toEqual(['token', {}, '']);
});

test('what of a place makes no sense is left out of an annotation', () => {
  const of = (properties: string) => {
    const command = parseCommandLine(`::warning ${properties}::m`)!;
    const { level: _, message: __, ...place } = annotationOf('warning', command, (file) => file.replace('/w/', ''));
    return place;
  };
  expect(of('file=/w/a.ts,line=1,col=2,endColumn=4')).toEqual({ file: 'a.ts', line: 1, column: 2, endColumn: 4 });
  expect(of('line=1,endLine=3,col=2')).toEqual({ line: 1, endLine: 3 });
  expect(of('endLine=3')).toEqual({ line: 3, endLine: 3 });
  expect(of('line=3,endLine=1')).toEqual({});
  expect(of('line=x,col=1')).toEqual({});
  expect(of('col=1')).toEqual({});
});

test('a step has ten annotations of a kind, a job fifty; the others are counted', () => {
  const annotations = new Annotations();
  for (let step = 0; step < 6; step++)
    for (let count = 0; count < 12; count++) annotations.add({ level: 'error', message: `${count}`, step });
  expect(annotations.kept).toHaveLength(50);
  expect(annotations.dropped).toBe(22);
});

/** Keeps what comes; lines that begin with `::take` are taken. */
class Keeper implements LineSink {
  wantsAll = false;
  output = '';
  readonly taken: string[] = [];
  readonly seen: string[] = [];
  readonly seenAhead: string[] = [];

  ahead(lines: readonly string[]): void {
    this.seenAhead.push(...lines);
  }

  text(bytes: Buffer): void {
    this.output += bytes.toString('latin1');
  }

  line(line: string): (() => void) | undefined {
    this.seen.push(line);
    const isTaken = line.trimStart().startsWith('::take') || line.includes('##[take');
    if (!isTaken) return undefined;
    return () => {
      this.taken.push(line);
      this.output += `<${line}>`;
    };
  }
}

function passThrough(text: string, cuts: readonly number[], wantsAll = false): Keeper {
  const keeper = new Keeper();
  keeper.wantsAll = wantsAll;
  const lines = new OutputLines(keeper);
  const bytes = Buffer.from(text, 'latin1');
  const places = [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const to of places) {
    lines.push(bytes.subarray(from, to));
    from = to;
  }
  lines.end();
  return keeper;
}

test('lines that may be commands are found, wherever the output is cut', () => {
  const part = fc.constantFrom(
    '::take a',
    '::other',
    'text',
    ' ',
    '\n',
    '\r\n',
    '##[take]',
    '#',
    '##',
    ':',
    '::',
    'x::y',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), fc.array(fc.nat(120), { maxLength: 10 }), (parts, cuts) => {
      const text = parts.join('');
      const [whole, pieces] = [passThrough(text, []), passThrough(text, cuts)];
      const isCommand = (line: string) => /^[ \t]*::take/.test(line) || line.includes('##[take');
      const expected = text
        .split('\n')
        .map((line) => line.replace(/\r$/, ''))
        .filter(isCommand);
      for (const { taken } of [whole, pieces]) {
        expect(taken).toHaveLength(expected.length); // of each at least the command; its beginning may be out already
        for (const [index, line] of taken.entries()) expect(expected[index]!.endsWith(line)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('nothing of an output without commands is lost or changed', () => {
  const part = fc.constantFrom('text', '\n', '\r\n', '::other::', '##[x]', '#', ':', '\x00', 'ÿ', '  ');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), fc.array(fc.nat(120)), fc.boolean(), (parts, cuts, wantsAll) => {
      const text = parts.join('');
      expect(passThrough(text, cuts, wantsAll).output).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test('if all lines are wanted, all come whole, wherever the output is cut', () => {
  const part = fc.constantFrom('text', '\n', '::take', '#', ':', '  ');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), fc.array(fc.nat(120)), (parts, cuts) => {
      const text = parts.join('');
      const lines = text.split('\n');
      if (lines.at(-1) === '') lines.pop();
      expect(passThrough(text, cuts, true).seen).toEqual(lines);
    }),
  );
});

test('of a complete output the lines that are shown ahead are the lines that come, wherever it is cut', () => {
  const part = fc.constantFrom('text\n', '\n', '::take\r\n', '##[take]\n', '  x\n');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), fc.array(fc.nat(120)), (parts, cuts) => {
      const { seen, seenAhead } = passThrough(parts.join(''), cuts, true);
      expect(seenAhead).toEqual(seen);
    }),
  );
});

test('the beginning of a line is passed on at once, unless it may be a command', () => {
  const keeper = new Keeper();
  const lines = new OutputLines(keeper);
  lines.push(Buffer.from('50 %'));
  expect(keeper.output).toBe('50 %');
  lines.push(Buffer.from('\r60 % #'));
  expect(keeper.output).toBe('50 %\r60 % ');
  lines.push(Buffer.from('1\n::ta'));
  expect(keeper.output).toBe('50 %\r60 % #1\n');
  lines.push(Buffer.from('ke\n'));
  expect(keeper.taken).toEqual(['::take']);
});

test('a line without end is no command, and is not kept', () => {
  const keeper = new Keeper();
  const lines = new OutputLines(keeper);
  for (let at = 0; at < 40; at++) lines.push(Buffer.from(`::take${'x'.repeat(64 * 1024)}`));
  expect(keeper.output.length).toBeGreaterThan(1_000_000);
  lines.push(Buffer.from('\n::take\n'));
  expect(keeper.taken).toEqual(['::take']);
});
