/** One symbol for each lamp and sign; the shape alone tells the state, also without colour. Stands once in each page. */
export function Sprite() {
  return (
    <svg class="defs" aria-hidden="true">
      <symbol id="i-brand" viewBox="0 0 20 20">
        <path d="M2.5 8.5 10 3.5l7.5 5M4.5 8.5V13h11V8.5M1 16.5h18" stroke="currentColor" />
        <path d="M8.2 8.5V13m3.6-4.5V13" stroke="currentColor" stroke-width="1.2" />
      </symbol>
      {SYMBOLS.map(([name, shape]) => (
        <symbol key={name} id={`i-${name}`} viewBox="0 0 16 16">
          {shape}
        </symbol>
      ))}
    </svg>
  );
}

const line = (d: string, stroke = 'currentColor') => <path d={d} stroke={stroke} />;
const ring = (r: number) => <circle cx="8" cy="8" r={r} stroke="currentColor" />;

const SYMBOLS = [
  ['search', [<circle key="c" cx="7" cy="7" r="4.5" stroke="currentColor" />, line('m10.5 10.5 3.5 3.5')]],
  ['theme', [ring(5.8), <path key="p" d="M8 2.2a5.8 5.8 0 0 1 0 11.6z" fill="currentColor" />]],
  [
    'gear',
    [
      line('M2 4.5h6.5m4.5 0h1M2 11.5h1m4.5 0H14'),
      <circle key="a" cx="10.7" cy="4.5" r="2" stroke="currentColor" />,
      <circle key="b" cx="5.2" cy="11.5" r="2" stroke="currentColor" />,
    ],
  ],
  [
    'copy',
    [
      <rect key="r" x="5.5" y="5.5" width="8" height="8" rx="1.5" stroke="currentColor" />,
      line('M3 10.5v-7a1 1 0 0 1 1-1h6.5'),
    ],
  ],
  [
    'branch',
    [line('M4.5 2.5v11m0-4c0-3 7-1.5 7-5.5'), <circle key="c" cx="11.5" cy="3.5" r="1.5" fill="currentColor" />],
  ],
  ['rerun', line('M13.5 8A5.5 5.5 0 1 1 11.6 3.8M13.5 2v3h-3')],
  ['queued', <circle key="c" cx="8" cy="8" r="6" stroke="currentColor" stroke-dasharray="2.3 2.41" />],
  [
    'in_progress',
    [
      <circle key="a" cx="8" cy="8" r="6.1" stroke="currentColor" opacity=".3" />,
      <path key="b" class="spin" d="M8 1.9A6.1 6.1 0 0 1 14.1 8" stroke="currentColor" />,
      <circle key="c" cx="8" cy="8" r="2.2" fill="currentColor" />,
    ],
  ],
  [
    'success',
    [<circle key="c" cx="8" cy="8" r="7" fill="currentColor" />, line('m4.8 8.3 2.2 2.2 4.2-4.6', 'var(--canvas)')],
  ],
  [
    'failure',
    [
      <rect key="r" x="1.2" y="1.2" width="13.6" height="13.6" rx="2.6" fill="currentColor" />,
      line('m5.2 5.2 5.6 5.6m0-5.6-5.6 5.6', 'var(--canvas)'),
    ],
  ],
  [
    'error',
    [
      <path key="p" d="M8 1.6 14.4 8 8 14.4 1.6 8z" fill="currentColor" stroke="currentColor" stroke-width="2" />,
      line('M8 4.6v4M8 11.2v.1', 'var(--canvas)'),
    ],
  ],
  ['cancelled', [ring(6.1), line('m3.9 12.1 8.2-8.2')]],
  ['timed_out', <path key="p" d="M3.5 1.5h9l-4 6.5 4 6.5h-9l4-6.5z" fill="currentColor" stroke="currentColor" />],
  ['skipped', line('m3 4.2 4 3.8-4 3.8m6-7.6 4 3.8-4 3.8')],
  ['flaky', line('M1.5 8c1.6-5 3.6-5 5 0s3.4 5 5 0 2.3-3.600 3-4')],
  [
    'retried',
    [
      line('M13.9 6.2A6.2 6.2 0 1 1 10.6 2.4'),
      <path key="t" d="m5.3 8.2 2 2 3.6-4" stroke="currentColor" />,
      <circle key="c" cx="13.4" cy="2.8" r="1.9" fill="var(--warn)" />,
    ],
  ],
] as const;
