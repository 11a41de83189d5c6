import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { KeyBinding } from '../keys.ts';
import { Services } from '../services.ts';
import { useKeys } from '../use-keys.ts';

/** The keys that do something on every page, and what `?` shows. */
export function KeyOverlay() {
  const { keys } = useContext(Services);
  const [isOpen, setOpen] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  useKeys(useMemo(() => everywhere(() => setOpen(true)), []));
  useEffect(() => {
    if (isOpen)
      dialog.current?.showModal(); // the browser gives the focus back to where it was
    else dialog.current?.close();
  }, [isOpen]);
  const bindings = isOpen ? keys.list() : [];
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title" onClose={() => setOpen(false)}>
      <header>
        <h2 id="keys-title">Keys</h2>
        <button class="btn s" type="button" onClick={() => setOpen(false)}>
          Close <kbd aria-hidden="true">Esc</kbd>
        </button>
      </header>
      {(['This page', 'Everywhere'] as const).map((group) => {
        const ofGroup = bindings.filter((one) => one.group === group);
        return ofGroup.length === 0 ? null : <KeyGroup key={group} name={group} bindings={ofGroup} />;
      })}
      <p>In fields these keys are letters. They can be switched off in Settings.</p>
    </dialog>
  );
}

function KeyGroup({ name, bindings }: { readonly name: string; readonly bindings: readonly KeyBinding[] }) {
  return (
    <section>
      <h3>{name}</h3>
      <dl>
        {bindings.map(({ keys, words }) => [
          <dt key={`${keys} keys`}>
            {keys.split(' ').map((key) => (
              <kbd key={key}>{NAMES[key] ?? key}</kbd>
            ))}
          </dt>,
          <dd key={`${keys} words`}>{words}</dd>,
        ])}
      </dl>
    </section>
  );
}

const NAMES: Readonly<Record<string, string>> = { Escape: 'Esc' };

function everywhere(open: () => void): readonly KeyBinding[] {
  const go = (keys: string, words: string, href: string): KeyBinding => ({
    ...{ keys, words, group: 'Everywhere' },
    run: () => location.assign(href),
  });
  const focus = (selector: string) => document.querySelector<HTMLElement>(selector)?.focus();
  const all: Omit<KeyBinding, 'group'>[] = [
    { keys: '?', words: 'show these keys', run: open },
    { keys: '/', words: 'search', run: () => focus('[data-search]') ?? search() },
    { keys: 'f', words: 'filter', run: () => focus('[data-filter]') },
    { keys: 'j', words: 'next row', run: () => moveRow(1) },
    { keys: 'k', words: 'previous row', run: () => moveRow(-1) },
    { keys: 'y', words: 'copy the link of this page', run: () => void navigator.clipboard.writeText(location.href) },
    { keys: 'Escape', words: 'back', run: goBack },
  ];
  return [
    ...all.map((one) => ({ ...one, group: 'Everywhere' as const })),
    go('g h', 'go home', '/'),
    go('g q', 'go to the queue', '/queue'),
    go('g r', 'go to the runners', '/runners'),
    go('g d', 'go to the deliveries', '/deliveries'),
    go('g s', 'go to the settings', '/settings'),
  ];
}

function search(): void {
  if (document.querySelector('[data-search]') === null) location.assign('/runs');
}

/** Moves the focus to the first link of the next row. Rows are what has `data-row`. */
function moveRow(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')].filter((row) => row.offsetParent !== null);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[at < 0 ? (by === 1 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + by))];
  const target = row?.matches('a, [tabindex]') ? row : row?.querySelector<HTMLElement>('a, button');
  target?.focus();
  row?.scrollIntoView({ block: 'nearest' });
}

/** Closes what is open, leaves a field, or goes to the page above. */
function goBack(): void {
  const { activeElement } = document;
  const dialog = document.querySelector<HTMLDialogElement>('dialog[open]');
  if (dialog !== null) dialog.close();
  else if (activeElement instanceof HTMLInputElement) activeElement.blur();
  else document.querySelector<HTMLAnchorElement>('a[data-up="true"]')?.click();
}
