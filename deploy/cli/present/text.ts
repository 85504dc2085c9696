/** Small pieces of terminal text: colours, sizes, durations, columns. Pure. */
import { displayWidth } from './display-width.ts';

/** Wraps text in a colour, or leaves it alone. */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const paint = (code: number, enabled: boolean) => (text: string) =>
  enabled ? `\u001b[${code}m${text}\u001b[0m` : text;

/** Colours when `enabled`, else plain text. */
export function palette(enabled: boolean): Palette {
  return {
    bold: paint(1, enabled),
    dim: paint(2, enabled),
    red: paint(31, enabled),
    green: paint(32, enabled),
    yellow: paint(33, enabled),
    cyan: paint(36, enabled),
  };
}

/** `12.3 KiB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** `0.4 s`, `12 s`, `3 min 05 s`, `2 h 04 min`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (minutes < 60) return `${minutes} min ${pad(Math.floor(seconds % 60))} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** `12:03` today, else `2026-01-31 12:03`, in local time. */
export function formatMoment(ms: number, nowMs: number): string {
  const moment = new Date(ms);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const clock = `${pad(moment.getHours())}:${pad(moment.getMinutes())}`;
  const day = (date: Date): string =>
    `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return day(moment) === day(new Date(nowMs)) ? clock : `${day(moment)} ${clock}`;
}

/** Rows with padded columns; the last column is left ragged. */
export function columns(
  rows: readonly (readonly string[])[],
  indent: string,
  gap = '   ',
): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach(
      (cell, index) => (widths[index] = Math.max(widths[index] ?? 0, displayWidth(cell))),
    );
  return rows.map((row) => {
    const cells = row.map((cell, index) =>
      index === row.length - 1
        ? cell
        : cell + ' '.repeat((widths[index] ?? 0) - displayWidth(cell)),
    );
    return (indent + cells.join(gap)).trimEnd();
  });
}

/** Control characters of foreign text can't move the cursor or turn the text around: they are shown as escapes. Tabs stay. */
export function printable(text: string): string {
  return text.replace(
    /(?!\t)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** The same, of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** First line of a message, where there is room for one: without the colon that leads to what follows. */
export function headOf(message: string): string {
  return printable((message.split('\n')[0] ?? '').replace(/:$/, ''));
}
