/** A view that can be held while somebody else writes to the terminal: what happens meanwhile is shown afterwards. */
import type { BuildEvent, BuildView } from './build-event.ts';

/** More than this isn't kept; progress and lines of scripts go first. */
const HELD_EVENTS_MAX = 10_000;

/** See the file's head. */
export class HeldView implements BuildView {
  readonly #view: BuildView;
  #held: BuildEvent[] | undefined;

  constructor(view: BuildView) {
    this.#view = view;
  }

  show(event: BuildEvent): void {
    if (this.#held === undefined) this.#view.show(event);
    else if (this.#held.length < HELD_EVENTS_MAX || !isTransient(event)) this.#held.push(event);
  }

  pause(): void {
    this.#view.pause();
  }

  /** Shows nothing until `release`. */
  hold(): void {
    this.#view.pause();
    this.#held ??= [];
  }

  /** Shows what was held back, and everything from now on. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) this.#view.show(event);
  }

  close(): void {
    this.release();
    this.#view.close();
  }
}

function isTransient({ event }: BuildEvent): boolean {
  return event === 'task-line' || event === 'task-progress' || event === 'task-phase';
}
