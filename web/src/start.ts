// A page is read before it is live: what makes it so is loaded when it has been painted, and takes nothing from that.
function start(): void {
  const links = [...document.querySelectorAll<HTMLLinkElement>('link[rel="later"]')];
  for (const link of links) link.rel = 'modulepreload';
  const [client] = links;
  if (client !== undefined) void import(/* @vite-ignore */ client.href);
}

/** The last that was pressed while nothing answered to it yet: it is pressed again as soon as something does. */
let pressed: HTMLElement | undefined;

function clicked({ target }: Event): void {
  pressed = (target as Element).closest<HTMLElement>('button[type="button"]') ?? pressed;
}

/** A form that says no method has nobody to send it but a script. */
function submitted(event: Event): void {
  const form = event.target as HTMLFormElement;
  if (form.hasAttribute('method')) return;
  event.preventDefault();
  pressed = form.querySelector<HTMLElement>('[type="submit"]') ?? pressed;
}

document.addEventListener('click', clicked);
document.addEventListener('submit', submitted);
document.addEventListener(
  'taken-over', // said by the client
  () => {
    document.removeEventListener('click', clicked);
    document.removeEventListener('submit', submitted);
    setTimeout(() => pressed?.click()); // when what was typed has been painted
  },
  { once: true },
);

/** A log is put where it opens: that row a third from the top, or its end; in a low window the page is put there, too. */
function openLog(log: HTMLElement): void {
  const row = log.querySelector<HTMLElement>(`[data-row="${log.dataset.openAt}"]`);
  log.scrollTop = row === null ? log.scrollHeight : row.offsetTop - log.clientHeight / 3;
  log.scrollIntoView({ block: 'nearest' });
}

const log = document.querySelector<HTMLElement>('.log');
if (log?.scrollTop === 0) openLog(log);

// nothing is painted in a tab that nobody looks at
if (document.hidden) start();
else requestAnimationFrame(() => setTimeout(start));
