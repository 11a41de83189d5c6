import type { PageContents, PageView } from './page.ts';
import { Header } from './parts/header.tsx';
import { KeyOverlay } from './parts/key-overlay.tsx';
import { Offline } from './parts/offline.tsx';
import { Sprite } from './parts/sprite.tsx';
import { type PageServices, Services } from './services.ts';

/** A whole page: what every page has, and what is its own. Rendered by the server, and taken over by the browser. */
export function App<Data>(props: {
  readonly view: PageView<Data>;
  readonly contents: PageContents<Data>;
  readonly services: PageServices;
  /** What a screen reader is to be told. */
  readonly said?: string;
}) {
  const { view, contents, services, said = '' } = props;
  const { Component } = view;
  return (
    <Services.Provider value={services}>
      <div class={view.className}>
        <Sprite />
        <a class="skip" href="#main">
          Skip to content
        </a>
        <Header frame={contents.frame} section={view.section} />
        <Offline />
        <p class="sr" id="said" aria-live="polite">
          {said}
        </p>
        <main id="main">
          <Component data={contents.data} />
        </main>
        <KeyOverlay />
      </div>
    </Services.Provider>
  );
}
