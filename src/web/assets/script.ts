/**
 * What makes the page live; everything can be read without it. Plain JavaScript for browsers, kept as text so that it is
 * the same under the tests and in the bundle. It inserts markup of this server only, which escapes what others wrote.
 */
export const script = `'use strict';
(() => {
  const root = document.documentElement;
  const saved = (() => { try { return localStorage.getItem('theme') } catch { return null } })();
  if (saved === 'light' || saved === 'dark') root.dataset.theme = saved;
  document.addEventListener('DOMContentLoaded', start);

  function start() {
    document.addEventListener('click', clicked);
    document.addEventListener('visibilitychange', () => (document.hidden ? leave() : join()));
    addEventListener('pagehide', leave);
    addEventListener('pageshow', join);
    setInterval(tick, 1000);
    tick();
    join();
  }

  function clicked(event) {
    const button = event.target.closest('button');
    if (button === null) return;
    if (button.id === 'theme') {
      const isDark = getComputedStyle(root).colorScheme === 'dark' || (root.dataset.theme === undefined && matchMedia('(prefers-color-scheme: dark)').matches);
      root.dataset.theme = isDark ? 'light' : 'dark';
      try { localStorage.setItem('theme', root.dataset.theme) } catch { }
    }
    if (button.dataset.copy !== undefined) navigator.clipboard.writeText(button.dataset.copy).then(() => { button.title = 'Copied' }, () => {});
    if (button.dataset.follow !== undefined) setFollowing(true);
  }

  /* ---- events: one connection for each page that is looked at, since a browser has six for a host ---- */
  let events;
  let again;
  let wait = 500;
  function join() {
    if (events !== undefined || document.hidden) return;
    clearTimeout(again);
    events = new EventSource('/api/events');
    events.onopen = () => { wait = 500; show(true); refresh() };
    events.onmessage = refresh;
    events.onerror = () => {
      show(false);
      if (events.readyState !== EventSource.CLOSED) return;
      leave();
      again = setTimeout(join, wait);
      wait = Math.min(wait * 2, 10000);
    };
    attach();
  }
  function leave() {
    clearTimeout(again);
    if (events !== undefined) events.close();
    events = undefined;
    detach();
  }
  function show(isLive) {
    const live = document.querySelector('.live');
    live.hidden = false;
    live.classList.toggle('off', !isLive);
    live.textContent = isLive ? 'Live' : 'Offline';
    document.querySelector('.note').hidden = isLive;
  }

  /* ---- new rows and lamps: the same page is asked for again, and what differs is changed in place ---- */
  let lastMs = 0;
  let planned;
  let isAsking = false;
  function refresh() {
    if (planned !== undefined) return;
    planned = setTimeout(ask, Math.max(20, lastMs + 250 - performance.now()));
  }
  async function ask() {
    if (isAsking) { planned = setTimeout(ask, 100); return }
    planned = undefined;
    isAsking = true;
    lastMs = performance.now();
    try {
      const url = new URL(location.href);
      if (log !== undefined && !url.searchParams.has('job')) url.searchParams.set('job', log.dataset.job);
      const answer = await fetch(url, { headers: { 'X-Signalbox-Refresh': '1' } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      for (const place of ['main', '.load']) morph(document.querySelector(place), page.querySelector(place));
      if (document.title !== page.title) {
        document.title = page.title;
        const said = page.querySelector('#said');
        if (said !== null) document.querySelector('#said').textContent = said.textContent;
      }
      tick();
      attach();
    } catch { /* the event stream tells that nobody is there */ } finally { isAsking = false }
  }
  function morph(from, to) {
    if (from.nodeName !== to.nodeName || from.id !== to.id) return from.replaceWith(to);
    if (from.nodeType !== 1) { if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue; return }
    if ('keep' in from.dataset) return;
    for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
    for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
    const keyed = new Map([...from.children].filter((child) => child.id).map((child) => [child.id, child]));
    let cursor = from.firstChild;
    for (const next of [...to.childNodes]) {
      const match = next.id ? keyed.get(next.id) : cursor !== null && !cursor.id && cursor.nodeName === next.nodeName ? cursor : undefined;
      if (match === undefined) { from.insertBefore(next, cursor); continue }
      if (match === cursor) cursor = cursor.nextSibling;
      else from.insertBefore(match, cursor);
      morph(match, next);
    }
    while (cursor !== null) { const next = cursor.nextSibling; cursor.remove(); cursor = next }
  }

  /* ---- time goes on between two events ---- */
  function tick() {
    const now = Date.now();
    for (const one of document.querySelectorAll('[data-since]')) one.textContent = duration(now - Number(one.dataset.since));
    for (const one of document.querySelectorAll('time[data-age]')) one.textContent = age(now - Date.parse(one.dateTime), one);
  }
  const two = (number) => String(number).padStart(2, '0');
  function duration(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    if (seconds < 60) return seconds + ' s';
    if (seconds < 3600) return Math.floor(seconds / 60) + ' m ' + two(seconds % 60) + ' s';
    return Math.floor(seconds / 3600) + ' h ' + two(Math.floor(seconds / 60) % 60) + ' m';
  }
  function age(ms, element) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    if (seconds < 60) return seconds + ' s';
    if (seconds < 3600) return Math.floor(seconds / 60) + ' min';
    return seconds < 86400 ? Math.floor(seconds / 3600) + ' h' : element.textContent;
  }

  /* ---- the log ---- */
  const MOST_LINES = 5000;
  let log;
  let source;
  let lastId;
  let retry;
  let isFollowing = true;
  let lastTop = 0;
  function attach() {
    const found = document.querySelector('.log');
    if (found === null || document.hidden || (found === log && source !== undefined)) return;
    detach();
    if (found !== log) {
      log = found;
      lastId = undefined;
      log.addEventListener('scroll', scrolled, { passive: true });
      setFollowing(true);
    }
    if (log.dataset.live !== undefined) listen();
  }
  function listen() {
    const url = new URL(log.dataset.live, location.href);
    if (lastId !== undefined) {
      const [execution, offset] = lastId.split(':');
      url.searchParams.set('execution', execution);
      url.searchParams.set('offset', offset);
    }
    source = new EventSource(url);
    source.onmessage = (event) => { lastId = event.lastEventId; append(JSON.parse(event.data)) };
    source.addEventListener('execution', (event) => {
      lastId = event.lastEventId;
      const { execution, runner } = JSON.parse(event.data);
      if (String(execution) !== log.dataset.execution) mark('Execution ' + execution + (runner === null ? '' : ' on ' + runner));
      log.dataset.execution = execution;
    });
    source.addEventListener('skip', (event) => {
      mark(Math.round(JSON.parse(event.data).bytes / 1e6) + ' MB are left out here; the whole log has them');
      log.classList.add('cutlog');
    });
    source.addEventListener('end', () => { detach(); delete log.dataset.live });
    source.onerror = () => {
      if (source === undefined || source.readyState !== EventSource.CLOSED) return;
      detach();
      retry = setTimeout(attach, 2000);
    };
  }
  function detach() {
    clearTimeout(retry);
    if (source !== undefined) source.close();
    source = undefined;
  }
  function append({ done, open }) {
    const lines = open === '' ? done : [...done, open];
    const markup = lines.map((line, at) => '<p' + (open !== '' && at === lines.length - 1 ? ' class="open"' : '') + '><span>' + line + '</span></p>');
    const before = log.querySelector('.open');
    if (before !== null) before.remove();
    log.insertAdjacentHTML('beforeend', markup.join(''));
    if (log.childElementCount > MOST_LINES) {
      log.classList.add('cutlog');
      while (log.childElementCount > MOST_LINES * 0.8) log.firstElementChild.remove();
    }
    if (isFollowing) toEnd();
  }
  function mark(words) {
    const before = log.querySelector('.open');
    if (before !== null) before.classList.remove('open');
    const line = document.createElement('div');
    line.className = 'mark';
    line.textContent = words;
    log.append(line);
  }
  function toEnd() {
    log.scrollTop = log.scrollHeight;
    lastTop = log.scrollTop;
  }
  function scrolled() {
    const isUp = log.scrollTop < lastTop;
    lastTop = log.scrollTop;
    if (log.scrollHeight - log.scrollTop - log.clientHeight < 24) setFollowing(true);
    else if (isUp) setFollowing(false);
  }
  function setFollowing(is) {
    isFollowing = is;
    const button = document.querySelector('[data-follow]');
    if (button !== null) button.hidden = is || log === undefined || log.dataset.live === undefined;
    if (is && log !== undefined) toEnd();
  }
})();
`;
