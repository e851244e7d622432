/** Words for screen readers, spoken once the reader has paused: a cursor held down would else never stop talking. */

const PAUSE_MS = 300;

class Announcer {
  text = $state("");
  private timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.text = text), PAUSE_MS);
  }
}

export const announcer = new Announcer();

export function announce(text: string): void {
  announcer.say(text);
}
