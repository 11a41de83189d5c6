// A page is read before it is live: what makes it so is loaded when it has been painted, and takes nothing from that.
function start(): void {
  const links = [...document.querySelectorAll<HTMLLinkElement>('link[rel="later"]')];
  for (const link of links) link.rel = 'modulepreload';
  const [client] = links;
  if (client !== undefined) void import(/* @vite-ignore */ client.href);
}

// nothing is painted in a tab that nobody looks at
if (document.hidden) start();
else requestAnimationFrame(() => setTimeout(start));
