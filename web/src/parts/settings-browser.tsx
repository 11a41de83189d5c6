import { useEffect, useState } from 'preact/hooks';
import { KEYS_SETTING } from '../keys.ts';
import { MOST_LETTERS } from '../person.ts';
import { chooseTheme, chosenTheme } from '../switch-theme.ts';
import { usePerson } from '../use-person.ts';

const THEMES = [
  { theme: 'system', name: 'As the machine has it' },
  { theme: 'light', name: 'Light' },
  { theme: 'dark', name: 'Dark' },
] as const;

/** Kept in this browser alone, so it needs a script. */
export function ThisBrowser() {
  const [theme, setTheme] = useState<'light' | 'dark' | 'system'>('system');
  const [hasKeys, setKeys] = useState(true);
  useEffect(() => {
    setTheme(chosenTheme());
    setKeys(localStorage.getItem(KEYS_SETTING) !== 'off');
  }, []);
  return (
    <section>
      <h2>This browser</h2>
      <Name />
      <fieldset class="bare">
        <legend class="meta">Theme</legend>
        {THEMES.map((one) => (
          <label key={one.theme} class="check">
            <input
              type="radio"
              name="theme"
              checked={one.theme === theme}
              onChange={() => {
                chooseTheme(one.theme);
                setTheme(one.theme);
              }}
            />
            {one.name}
          </label>
        ))}
      </fieldset>
      <label class="check">
        <input
          type="checkbox"
          checked={hasKeys}
          onChange={(event) => {
            const isOn = event.currentTarget.checked;
            localStorage.setItem(KEYS_SETTING, isOn ? 'on' : 'off');
            setKeys(isOn);
          }}
        />
        Single keys do something; ? shows which
      </label>
    </section>
  );
}

/** How whoever sits here is called by what they press. */
function Name() {
  const person = usePerson();
  return (
    <div class="settings-form">
      <label class="meta" for="person">
        Your name, shown with what you rerun, cancel and approve. It proves nothing: others can type it, too
      </label>
      <div class="field">
        <input
          id="person"
          autocomplete="name"
          maxLength={MOST_LETTERS}
          value={person.name}
          onInput={(event) => person.set(event.currentTarget.value)}
        />
      </div>
    </div>
  );
}
