import type { PageView } from '../page.ts';
import { Command } from '../parts/command.tsx';

/** What forges and hooks have told; the list itself is not a page yet. */
export const deliveries: PageView<object> = {
  name: 'deliveries',
  section: 'deliveries',
  title: () => 'Deliveries',
  Component: DeliveriesPage,
};

function DeliveriesPage() {
  return (
    <div class="hello">
      <h1>Deliveries</h1>
      <p class="dim">
        Every webhook and hook that came in is kept, with what was made of it. There is no page for them yet: the list
        is at{' '}
        <a class="link" href="/api/deliveries">
          /api/deliveries
        </a>{' '}
        and in the terminal.
      </p>
      <Command text="signalbox deliveries" />
    </div>
  );
}
