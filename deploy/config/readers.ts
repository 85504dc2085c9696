/** How texts of settings become values. Each answers the value, or what it must be. */
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { systemErrorCode } from '#proto/errors.ts';
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

/** One line as it is. What is wrong with it is told without it. */
export const secretText: SettingReader<string> = (given) =>
  given === '' || /[\r\n]/.test(given) ? 'must be one line, not an empty one' : { value: given };

/** Texts separated by commas; nothing is no text. */
export const list: SettingReader<readonly string[]> = (given) => {
  if (given.trim() === '') return { value: [] };
  const items = given.split(',').map((item) => item.trim());
  return items.includes('') ? 'must be names separated by commas' : { value: items };
};

/** Addresses of NATS servers, without a login: others would read it in messages. */
export const servers: SettingReader<readonly string[]> = (given) => {
  const items = given.split(',').map((item) => item.trim());
  const parsed = items.map((item) => URL.parse(item.includes('://') ? item : `nats://${item}`));
  const isFit = parsed.every(
    (server) => server?.hostname && ['nats:', 'tls:'].includes(server.protocol),
  );
  if (!isFit) return 'must be URLs such as nats://HOST:4222, separated by commas';
  const hasLogin = parsed.some((server) => server?.username || server?.password);
  if (!hasLogin) return { value: items };
  return 'must not hold a user or a password: use nats.user and STAGEYARD_NATS_PASSWORD';
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
export const path: SettingReader<string> = (given, directory) =>
  given.trim() === '' ? 'must be a path' : { value: resolve(directory, given) };

/** A path of a file that is there. */
export const readableFile: SettingReader<string> = (given, directory) => {
  const found = path(given, directory);
  if (typeof found === 'string') return found;
  try {
    accessSync(found.value, constants.R_OK);
    return found;
  } catch (error) {
    return `must be a file that can be read (${systemErrorCode(error) ?? 'unknown'})`;
  }
};

/** A URL of certain protocols, without a login. */
export const url =
  (...protocols: readonly string[]): SettingReader<string> =>
  (given) => {
    const parsed = URL.parse(given);
    const isFit = parsed !== null && protocols.includes(parsed.protocol.slice(0, -1));
    if (!isFit) return `must be a URL (${protocols.join(', ')})`;
    const hasLogin = parsed.username !== '' || parsed.password !== '';
    return hasLogin ? 'must not hold a user or a password' : { value: given };
  };

/** URLs as {@link url} reads one, separated by commas. */
export const urls =
  (...protocols: readonly string[]): SettingReader<readonly string[]> =>
  (given, directory) => {
    const items = given.split(',').map((item) => url(...protocols)(item.trim(), directory));
    const problem = items.find((item) => typeof item === 'string');
    if (problem !== undefined) return problem;
    return { value: items.flatMap((item) => (typeof item === 'string' ? [] : [item.value])) };
  };

/** An address to listen on. */
export const address: SettingReader<{ readonly host: string; readonly port: number }> = (given) => {
  const [, host, port] = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(given.trim()) ?? [];
  if (host === undefined || Number(port) > 65_535)
    return 'must be HOST:PORT, an IPv6 address in brackets (port 0: any free one)';
  return { value: { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) } };
};

/** Name of a farm: part of the names of streams and subjects. */
export const farmName: SettingReader<string> = (given) => {
  const isName = /^[a-z0-9][a-z0-9-]{0,39}$/.test(given);
  return isName ? { value: given } : 'must be up to 40 of a-z, 0-9 and -, no - first';
};

/** Name of a worker. */
export const workerName: SettingReader<string> = (given) => {
  const isName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(given);
  return isName
    ? { value: given }
    : 'must be up to 100 of A-Z, a-z, 0-9, _, . and -, a letter or digit first';
};

type JournalPlace =
  | { readonly kind: 'jetstream' }
  | { readonly kind: 'sqlite'; readonly path: string };

type StorePlace =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/** `dir:PATH` or a path, `s3://BUCKET/PREFIX`. */
export const storePlace: SettingReader<StorePlace> = (given, base) => {
  const [, bucket, prefix = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(given) ?? [];
  if (bucket !== undefined) {
    return { value: { kind: 's3', bucket, prefix: prefix.replace(/\/+$/, '') } };
  }
  // `s3:/bucket` is no directory that anybody wants.
  if (/^(?!dir:)[a-z][a-z0-9+.-]+:/i.test(given)) return 'must be dir:PATH or s3://BUCKET/PREFIX';
  const directory = path(given.replace(/^dir:/, ''), base);
  if (typeof directory === 'string') return directory;
  return { value: { kind: 'directory', path: directory.value } };
};

/** `jetstream` or `sqlite:PATH`. */
export const journalPlace: SettingReader<JournalPlace> = (given, base) => {
  if (given === 'jetstream') return { value: { kind: 'jetstream' } };
  const [, file] = /^sqlite:(.+)$/.exec(given) ?? [];
  const place = file === undefined ? 'must be jetstream or sqlite:PATH' : path(file, base);
  return typeof place === 'string' ? place : { value: { kind: 'sqlite', path: place.value } };
};
