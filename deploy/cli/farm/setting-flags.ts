/** Flags of a process of a farm, from its table of settings. */
import type { Command } from 'commander';
import { flagOf, type SettingTable, variableOf } from '../../config/settings.ts';
import type { ConfigSources } from '../../config/farm-config.ts';

/** Adds `--config`, a flag for each setting that isn't secret, and tells of the variables. */
export function addSettingFlags(command: Command, table: SettingTable): Command {
  command.option('--config <file>', 'settings in YAML (also STAGEYARD_CONFIG)');
  const secrets: string[] = [];
  for (const { key, help, shownDefault, isSecret, isSwitch } of Object.values(table)) {
    if (isSecret === true) {
      secrets.push(`  ${variableOf(key).padEnd(30)} ${help}`);
      continue;
    }
    const words = isSwitch === true ? flagOf(key) : `${flagOf(key)} <value>`;
    command.option(words, shownDefault === undefined ? help : `${help} (default: ${shownDefault})`);
  }
  const [example, inFile] =
    'servers' in table ? ['nats.servers', 'nats: {servers: …}'] : ['farm', 'farm: …'];
  return command.addHelpText(
    'after',
    [
      '',
      `Each setting may also stand in the file (${inFile}) or the environment (${variableOf(example)}); flags`,
      'are strongest, then the environment. Secrets come from the environment or the file only; a variable',
      'with _FILE at its end names a file that holds one:',
      ...secrets,
    ].join('\n'),
  );
}

/** Where the settings of this process are. */
export function sourcesOfProcess(flags: Readonly<Record<string, unknown>>): ConfigSources {
  const { config = process.env['STAGEYARD_CONFIG'], ...others } = flags;
  const file = typeof config === 'string' && config !== '' ? config : undefined;
  return { file, environment: process.env, flags: others };
}
