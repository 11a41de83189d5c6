import { memo } from '../memo.ts';
import { clockTime, size } from '../words.ts';
import { markHits } from './ansi.ts';
import type { ShownLine } from './shown-line.ts';

/** One line; `line` undefined: it is being asked for. */
export const Line = memo(function Line(props: {
  readonly n: number;
  readonly row: number;
  readonly line: ShownLine | undefined;
  /** When its step began, for a line of which no time is known. */
  readonly since: string | null;
  readonly isChosen: boolean;
  readonly isBad: boolean;
  readonly query: string;
  onChoose(event: MouseEvent, n: number): void;
}) {
  const { n, row, line, since, query, onChoose } = props;
  const at = line?.at ?? since;
  return (
    <div id={`L${n}`} data-row={row} class={classOf(props)}>
      <a href={`#L${n}`} tabIndex={-1} onClick={(event) => onChoose(event, n)}>
        {n}
      </a>
      {at !== null && <time dateTime={at}>{clockTime(new Date(at))}</time>}
      <span>{line === undefined ? ' ' : contents(line, query)}</span>
    </div>
  );
});

function classOf(of: { readonly line: ShownLine | undefined; readonly isChosen: boolean; readonly isBad: boolean }) {
  return `ln${of.isBad ? ' hit' : ''}${of.isChosen ? ' chosen' : ''}${of.line?.isEnd === true ? ' end' : ''}`;
}

function contents({ pieces, cut, isEnd = false }: ShownLine, query: string) {
  const shown = query === '' ? pieces.map((piece) => ({ ...piece, isHit: false })) : markHits(pieces, query);
  return (
    <>
      {shown.length === 0 && !isEnd && <br />}
      {shown.map(({ text, className, isHit }, at) => {
        const words = isHit ? <mark>{text}</mark> : text;
        return className === '' ? (
          words
        ) : (
          <b key={at} class={className}>
            {words}
          </b>
        );
      })}
      {cut > 0 && <i class="cutoff"> … {size(cut)} more in the whole log</i>}
    </>
  );
}
