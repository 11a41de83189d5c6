import { hydrate, render } from 'preact';
import { App } from './app.tsx';
import { CHANGED } from './ask-server.ts';
import { keepFocus } from './keep-focus.ts';
import { keepTyped } from './keep-typed.ts';
import { KeyRegistry } from './keys.ts';
import { Live } from './live.ts';
import type { Frame, Interest, PageContents, PageView } from './page.ts';
import { Person } from './person.ts';
import { Refresh } from './refresh.ts';
import type { PageServices } from './services.ts';
import { ServerClock } from './ticker.ts';
import { views } from './views.ts';

/** Takes over what the server has rendered, and keeps it true. */
async function start(): Promise<void> {
  const root = document.getElementById('app');
  const source = document.getElementById('page');
  if (root === null || source === null) return;
  const contents: PageContents = JSON.parse(source.textContent ?? '');
  const load = views[contents.page];
  if (load !== undefined) new Page(root, await load(), contents).start();
}

class Page {
  readonly #root: HTMLElement;
  readonly #view: PageView<unknown>;
  readonly #ticker: ServerClock;
  readonly #keys = new KeyRegistry();
  readonly #refresh = new Refresh(
    (contents) => this.#paint(withNewest(contents, this.#contents.frame)),
    () => !document.hidden && this.#live.connection.state === 'live',
  );
  readonly #live: Live;
  #contents: PageContents;
  readonly #services: PageServices;
  #said = '';

  constructor(root: HTMLElement, view: PageView<unknown>, contents: PageContents) {
    this.#root = root;
    this.#view = view;
    this.#contents = contents;
    this.#ticker = new ServerClock(contents.frame.now);
    this.#live = new Live(this.#interests(), {
      back: () => this.#renew(),
      changed: (news) => {
        if (this.#view.isProblem !== true) this.#refresh.changed(news);
      },
      header: (header) => this.#paint({ ...this.#contents, frame: { ...this.#contents.frame, ...header } }),
    });
    this.#services = {
      ticker: this.#ticker,
      live: this.#live,
      keys: this.#keys,
      person: new Person(contents.frame.person),
    };
  }

  start(): void {
    keepTyped(this.#root, () => hydrate(this.#app(), this.#root));
    document.addEventListener('keydown', (event) => this.#keys.pressed(event));
    this.#live.onConnection(() => this.#ticker.setOnline(this.#live.connection.state !== 'offline'));
    document.addEventListener(CHANGED, () => this.#refresh.page());
    this.#live.start();
    const { everyMs } = this.#view;
    if (everyMs !== undefined) setInterval(() => document.hidden || this.#refresh.page(), everyMs);
    document.dispatchEvent(new Event('taken-over')); // what was pressed before is done now, see start.ts
  }

  /** Asks again for what is shown; the address of a problem has nothing that could be shown in its place. */
  #renew(): void {
    if (this.#view.isProblem !== true) this.#refresh.page();
  }

  #paint(contents: PageContents): void {
    const before = this.#view.said?.(this.#contents.data) ?? '';
    const now = this.#view.said?.(contents.data) ?? '';
    if (now !== before) this.#said = now;
    this.#contents = contents;
    this.#live.concernedBy(this.#interests());
    this.#ticker.set(contents.frame.now);
    keepFocus(() => render(this.#app(), this.#root));
    document.title = `${this.#view.title(contents.data)} · Signalbox`;
  }

  #interests(): readonly Interest[] {
    return this.#view.concernedBy?.(this.#contents.data) ?? [];
  }

  #app() {
    return <App view={this.#view} contents={this.#contents} services={this.#services} said={this.#said} />;
  }
}

/** An answer that was made for others before, or was long on its way, has an older header than the page was told. */
function withNewest(contents: PageContents, { person: _, ...told }: Frame): PageContents {
  return contents.frame.now >= told.now ? contents : { ...contents, frame: { ...contents.frame, ...told } };
}

void start();
