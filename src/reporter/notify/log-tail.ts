import { withoutMark } from '../../model/log-marks.ts';
import { harmless } from '../../support/harmless.ts';
import { MAX_LINE, MAX_LINES } from './notice.ts';
import { clip } from './words.ts';

/**
 * The end of a piece of a log as plain lines: without colours and whatever else a terminal would obey, of a line that was
 * redrawn its last state, marks in words as on the page of the log and without those of groups, at most {@link MAX_LINES}
 * of {@link MAX_LINE} characters. `isCut`: the piece does not begin at the beginning of a line.
 */
export function tailOf(piece: string, isCut = false): readonly string[] {
  const lines = piece.replace(/\r\n/g, '\n').split('\n');
  if (isCut) lines.shift();
  const plain = lines
    .map((line) => lastState(line))
    .filter((line) => !/^::(?:end)?group::|^##\[(?:end)?group\]/.test(line));
  while (plain.at(-1)?.trim() === '') plain.pop();
  const last = plain.slice(-MAX_LINES);
  while (last[0]?.trim() === '') last.shift();
  return last.map((line) =>
    clip(withoutMark(line.replace(/^::(error|warning|notice)(?: [^:]*)?::/, '##[$1]')), MAX_LINE),
  );
}

/** What stays of a line that a progress bar wrote again and again. */
function lastState(line: string): string {
  const states = line.split('\r').filter((state) => state !== '');
  return harmless(states.at(-1) ?? '').trimEnd();
}

/** Lines that are shown as they are: made harmless once more, since they may have been stored by another version. */
export function plainLines(lines: readonly string[]): readonly string[] {
  return lines.map((line) => harmless(line).replace(/[\r\n]+/g, ' '));
}

/** The end of a log, at most `most` characters, from the beginning of a line where that can be. */
export function endOf(lines: readonly string[], most: number): string {
  const log = plainLines(lines).join('\n');
  return log.length <= most ? log : log.slice(log.indexOf('\n', log.length - most) + 1).slice(-most);
}
