/** `stageyard coordinator`. */
import type { Command } from 'commander';
import { coordinatorConfig } from '../../config/farm-config.ts';
import { coordinatorSettings } from '../../config/setting-tables.ts';
import { runCoordinator } from '../../farm/coordinator.ts';
import { openLogger } from '../../logger.ts';
import { addSettingFlags, sourcesOfProcess } from './setting-flags.ts';
import { runService } from './run-service.ts';

/** Adds the subcommand. */
export function registerCoordinator(program: Command): void {
  const command = program
    .command('coordinator')
    .description('lead a farm: take runs from clients and give their tasks to workers');
  addSettingFlags(command, coordinatorSettings).action((flags: Record<string, unknown>) =>
    runService(async ({ signal, say }) => {
      const config = coordinatorConfig(sourcesOfProcess(flags));
      const logger = await openLogger({ path: config.logPath, isVerbose: false, flag: '--log' });
      // A program that started this one reads where it listens.
      const onListening = (url: string): void => void process.stdout.write(`${url}\n`);
      await runCoordinator({ config, logger, signal, say, onListening });
    }),
  );
}
