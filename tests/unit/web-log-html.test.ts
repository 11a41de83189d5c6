import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogRenderer } from '../../src/web/log-html.ts';

const lines = (text: string) => new LogRenderer().push(`${text}\n`).done.join('\n');

test('markup in a log is text', () => {
  expect(lines(`<script>alert("1")</script> & 'x'`)).toBe(
    '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;',
  );
});

test('basic colours become classes, also over several lines', () => {
  expect(lines('\u001b[1;31mbad\nstill\u001b[0m fine')).toBe('<b class="b f1">bad</b>\n<b class="b f1">still</b> fine');
  expect(lines('\u001b[38;5;2mg\u001b[38;2;1;2;3mrgb\u001b[48;5;200mx\u001b[39;49my')).toBe('<b class="f2">g</b>rgbxy');
  expect(lines('\u001b[42;97mx\u001b[m')).toBe('<b class="f7 g2">x</b>');
});

test.each([
  ['a link', '\u001b]8;;javascript:alert(1)\u0007text\u001b]8;;\u0007'],
  ['a link that ends with ST', '\u001b]8;;http://evil\u001b\\text\u001b]8;;\u001b\\'],
  ['a title', '\u001b]0;title\u0007text'],
  ['the clipboard', '\u001b]52;c;ZXZpbA==\u0007text'],
  ['a device string', '\u001bP$q"p\u001b\\text'],
  ['cursor movements', '\u001b[2J\u001b[1;1H\u001b[?25ltext\u001b[K'],
  ['a character set', '\u001b(Btext'],
  ['a sequence of one byte', '\u009b31mtext'],
])('%s is taken out', (_name, text) => {
  expect(lines(text)).toBe('text');
});

test('what begins like a sequence and does not end hides nothing', () => {
  expect(lines('\u001b]8;;evil hidden')).toBe(']8;;evil hidden'.slice(1));
});

test('control characters and turned directions are made visible', () => {
  expect(lines('a\u0000b\u202ec\u0008')).toBe('a\ufffdb\ufffdc\ufffd');
});

test('of a line that was redrawn the last state is shown', () => {
  expect(lines('10 %\r50 %\r100 %')).toBe('100 %');
  expect(lines('windows\r')).toBe('windows');
});

test('a line that has no end yet is shown, and replaced when it goes on', () => {
  const renderer = new LogRenderer();
  expect(renderer.push('a\nhal')).toEqual({ done: ['a'], open: 'hal' });
  expect(renderer.push('f')).toEqual({ done: [], open: 'half' });
  expect(renderer.push('\n')).toEqual({ done: ['half'], open: '' });
});

test('a line without end takes bounded room', () => {
  const renderer = new LogRenderer();
  for (let at = 0; at < 100; at += 1) renderer.push('x'.repeat(10_000));
  const { done } = renderer.push('\n');
  expect(done[0]).toContain('983616 more characters');
  expect(done[0]?.length).toBeLessThan(20_000);
});

test('no text whatever brings a tag that we did not write', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom('\u001b[', '\u001b]', '31m', '<img onerror=x>', '"', '\r', '\n', '&', '\u0007', '\u001b\\'),
      fc.string(),
    ),
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const renderer = new LogRenderer();
      for (const part of parts) {
        const { done, open } = renderer.push(part);
        for (const line of [...done, open])
          expect(line.replace(/<b class="[a-z0-9 ]+">|<\/b>/g, '')).not.toMatch(/[<>"']/);
      }
    }),
  );
});
