/** Where the chosen theme is kept; `theme.ts` reads it before the first paint. */
export const THEME_SETTING = 'theme';

/** Dark instead of light, or the other way, and keeps it. */
export function switchTheme(): void {
  chooseTheme(isDark() ? 'light' : 'dark');
}

/** `system`: as the machine has it. */
export function chooseTheme(theme: 'light' | 'dark' | 'system'): void {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem(THEME_SETTING);
    else localStorage.setItem(THEME_SETTING, theme);
  } catch {
    // without storage it holds for this page
  }
}

/** What is chosen now. */
export function chosenTheme(): 'light' | 'dark' | 'system' {
  const { theme } = document.documentElement.dataset;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

function isDark(): boolean {
  const chosen = chosenTheme();
  return chosen === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
}
