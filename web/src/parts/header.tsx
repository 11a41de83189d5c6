import { useContext, useLayoutEffect } from 'preact/hooks';
import type { Frame, Section } from '../page.ts';
import { Services } from '../services.ts';
import { switchTheme } from '../switch-theme.ts';
import { useRepaint } from '../use-repaint.ts';
import { count, slotWords } from '../words.ts';
import { Sign } from './lamp.tsx';

const NAVIGATION: readonly { section: Section; href: string; name: string }[] = [
  { section: 'repositories', href: '/', name: 'Repositories' },
  { section: 'queue', href: '/queue', name: 'Queue' },
  { section: 'runners', href: '/runners', name: 'Runners' },
  { section: 'deliveries', href: '/deliveries', name: 'Deliveries' },
];

/** What is on top of every page. */
export function Header({ frame, section }: { readonly frame: Frame; readonly section: Section | null }) {
  return (
    <header class="top">
      <a class="brand" href="/">
        <Sign name="brand" />
        Signalbox
      </a>
      <nav aria-label="Main">
        {NAVIGATION.map(({ section: one, href, name }) => (
          <a key={one} href={href} aria-current={one === section ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <Load frame={frame} />
      <LiveSign />
      <div class="tools">
        <a class="tool" href="/runs" aria-label="Search, key /" title="Search (/)">
          <Sign name="search" />
        </a>
        <button class="tool" type="button" aria-label="Switch theme" title="Switch theme" onClick={switchTheme}>
          <Sign name="theme" />
        </button>
        <a
          class="tool"
          href="/settings"
          aria-label="Settings"
          title="Settings"
          aria-current={section === 'settings' ? 'page' : undefined}
        >
          <Sign name="gear" />
        </a>
      </div>
    </header>
  );
}

/** Most slots that have a bar of their own; of more, each bar is a share. */
const MOST_BARS = 24;

function Load({ frame: { waiting, slots, busy, runners } }: { readonly frame: Frame }) {
  const bars = Math.min(slots, MOST_BARS);
  const filled = slots === 0 ? 0 : Math.ceil((Math.min(busy, slots) / slots) * bars);
  return (
    <a class="load" href="/queue">
      <span>
        {waiting === 0 ? 'Nothing waits' : [<b key="b">{count(waiting)}</b>, waiting === 1 ? ' waits' : ' wait']}
      </span>
      <span class="slots" aria-hidden="true">
        {Array.from({ length: bars }, (_, at) => (
          <i key={at} class={at < filled ? undefined : 'o'} />
        ))}
      </span>
      <span>{runners === 0 ? 'no runner' : slotWords(busy, slots)}</span>
    </a>
  );
}

/** The connection, painted when it changes. */
export function useConnection() {
  const { live } = useContext(Services);
  const repaint = useRepaint();
  // at once: it may be there before the next frame
  useLayoutEffect(() => live.onConnection(repaint), [live, repaint]);
  return live.connection;
}

function LiveSign() {
  const { state } = useConnection();
  const isOff = state === 'offline';
  const shown = state === 'connecting' ? ' not-yet' : isOff ? ' off' : '';
  return (
    <span class={`live${shown}`} role="status">
      {isOff ? 'Offline' : state === 'asking' ? 'Asking' : 'Live'}
    </span>
  );
}
