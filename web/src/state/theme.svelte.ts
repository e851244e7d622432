/** The browser's colour scheme, `?theme=` or the reader's choice → `data-theme` on the page's root. */

export type Theme = "light" | "dark";

const STORED = "goodfit-theme";

class ThemeChoice {
  current = $state<Theme>("light");

  start(): void {
    const asked = new URLSearchParams(location.search).get("theme");
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const chosen = isTheme(asked) ? asked : recall();
    this.set(chosen ?? (dark.matches ? "dark" : "light"));
    if (!chosen) dark.addEventListener("change", (event) => recall() ?? this.set(event.matches ? "dark" : "light"));
  }

  toggle(): void {
    this.set(this.current === "light" ? "dark" : "light");
    try {
      localStorage.setItem(STORED, this.current);
    } catch {
      // Storage is refused in private windows; the choice then lasts for the visit.
    }
  }

  private set(theme: Theme): void {
    this.current = theme;
    document.documentElement.dataset["theme"] = theme;
  }
}

export const theme = new ThemeChoice();

function isTheme(text: string | null): text is Theme {
  return text === "light" || text === "dark";
}

function recall(): Theme | null {
  try {
    const stored = localStorage.getItem(STORED);
    return isTheme(stored) ? stored : null;
  } catch {
    return null;
  }
}
