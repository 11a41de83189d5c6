/** The cookie that keeps the chosen theme: with it the server gives a page that has its colours before any script runs. */
const THEME_COOKIE = 'signalbox_theme';
/** How long it is kept, in seconds: a year. */
const KEPT_SECONDS = 31_536_000;

/** What was chosen in the browser that sends these cookies. */
export function themeOf(cookies: string | undefined): 'light' | 'dark' | 'system' {
  for (const theme of ['light', 'dark'] as const)
    if (cookies?.split('; ').includes(`${THEME_COOKIE}=${theme}`)) return theme;
  return 'system';
}

/** Dark instead of light, or the other way, and keeps it. */
export function switchTheme(): void {
  chooseTheme(isDark() ? 'light' : 'dark');
}

/** `system`: as the machine has it. */
export function chooseTheme(theme: 'light' | 'dark' | 'system'): void {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  const seconds = theme === 'system' ? 0 : KEPT_SECONDS;
  // biome-ignore lint/suspicious/noDocumentCookie: the other way is for encrypted connections alone
  document.cookie = `${THEME_COOKIE}=${theme}; Path=/; Max-Age=${seconds}; SameSite=Lax`;
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
