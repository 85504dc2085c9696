/** `docs/settings.md`, made from the tables of settings; a test compares the two. */
import { clientSettings, coordinatorSettings, workerSettings } from './setting-tables.ts';
import { flagOf, type Setting, type SettingTable, variableOf } from './settings.ts';

/** The document, whole. */
export function settingsDocument(): string {
  return [
    '# Settings of a farm’s processes',
    '',
    'Each setting may stand in a YAML file (`--config FILE` or `STAGEYARD_CONFIG`), in the environment or in a flag; flags are',
    'strongest, the file is weakest. One file may serve all processes: each takes what it knows, and a key that none of them knows',
    'is an error. In the file `nats.servers` is `servers` below `nats`; lists are lists or texts with commas; relative paths',
    'begin where the file is. Everything that is wrong is told at once.',
    '',
    'A secret has no flag: it comes from the file, from its variable, or from a file of its own that the variable with `_FILE`',
    'at its end names (`STAGEYARD_NATS_PASSWORD_FILE=/run/secrets/nats`). No message shows one.',
    '',
    '```yaml',
    'nats:',
    '  servers: [nats://bus-1:4222, nats://bus-2:4222]',
    '  farm: nightly',
    'store: s3://builds/nightly',
    's3:',
    '  endpoint: https://s3.example.com',
    'labels: [gpu]',
    '```',
    '',
    ...section('`stageyard coordinator`', coordinatorSettings),
    ...section('`stageyard worker`', workerSettings),
    ...section('Commands of clients', clientSettings),
  ].join('\n');
}

function section(title: string, table: SettingTable): readonly string[] {
  const rows = Object.values(table).map(row);
  return [
    `## ${title}`,
    '',
    '| in the file | flag | variable | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

function row({ key, help, shownDefault, isSecret, isSwitch }: Setting<unknown>): string {
  const value = isSwitch === true ? '' : ' <value>';
  const flag = isSecret === true ? 'none: it is a secret' : `\`${flagOf(key)}${value}\``;
  const meaning = shownDefault === undefined ? help : `${help} (default: ${shownDefault})`;
  return `| \`${key}\` | ${flag} | \`${variableOf(key)}\` | ${meaning} |`;
}
