/** How texts of settings become values. Each answers the value, or what it must be. */
import { isAbsolute, resolve } from 'node:path';
import type { SettingReader } from './settings.ts';

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};
const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Any text but none. */
export const text: SettingReader<string> = (given) =>
  given.trim() === '' ? 'must not be empty' : { value: given.trim() };

/** Texts separated by commas. */
export const list: SettingReader<readonly string[]> = (given) => {
  const items = given.split(',').map((item) => item.trim());
  return items.includes('') ? 'must be names separated by commas' : { value: items };
};

/** `true` or `false`; a flag alone is true. */
export const flag: SettingReader<boolean> = (given) => {
  if (given === 'true' || given === '1') return { value: true };
  return given === 'false' || given === '0' ? { value: false } : 'must be true or false';
};

/** An integer between two bounds. */
export const count =
  (min: number, max: number): SettingReader<number> =>
  (given) => {
    const value = Number(given);
    const isCount = /^\d+$/.test(given) && value >= min && value <= max;
    return isCount ? { value } : `must be an integer from ${min} to ${max}`;
  };

/** Bytes: `512M`, `20G`. */
export const size: SettingReader<number> = (given) => {
  const [, digits, unit] = /^(\d{1,9})\s*([kmgt]?)(?:i?b)?$/i.exec(given.trim()) ?? [];
  const factor = SIZE_UNITS[unit?.toLowerCase() ?? ''];
  const isSize = digits !== undefined && factor !== undefined && Number(digits) > 0;
  return isSize ? { value: Number(digits) * factor } : 'must be a size such as 512M or 20G';
};

/** Milliseconds: `90s`, `10m`, `2h`. */
export const duration: SettingReader<number> = (given) => {
  const [, digits, unit] = /^(\d{1,9})\s*(ms|s|m|h)$/.exec(given.trim()) ?? [];
  const factor = DURATION_UNITS[unit ?? ''];
  const isDuration = digits !== undefined && factor !== undefined;
  return isDuration ? { value: Number(digits) * factor } : 'must be a time such as 90s, 10m or 2h';
};

/** A path, absolute from here on. */
export const path: SettingReader<string> = (given) =>
  given.trim() === '' ? 'must be a path' : { value: isAbsolute(given) ? given : resolve(given) };

/** A URL of certain protocols. */
export const url =
  (...protocols: readonly string[]): SettingReader<string> =>
  (given) => {
    const parsed = URL.parse(given);
    const isFit = parsed !== null && protocols.includes(parsed.protocol.slice(0, -1));
    return isFit ? { value: given } : `must be a URL (${protocols.join(', ')})`;
  };

/** An address to listen on. */
export const address: SettingReader<{ readonly host: string; readonly port: number }> = (given) => {
  const [, host, port] = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(given.trim()) ?? [];
  if (host === undefined || Number(port) > 65_535)
    return 'must be HOST:PORT (port 0: any free one)';
  return { value: { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) } };
};
