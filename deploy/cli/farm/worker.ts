/** `stageyard worker`. */
import type { Command } from 'commander';
import { workerConfig } from '../../config/farm-config.ts';
import { workerSettings } from '../../config/setting-tables.ts';
import { makeWorkerDirectories, runWorker } from '../../farm/worker.ts';
import { openLogger } from '../../logger.ts';
import { runService } from './run-service.ts';
import { addSettingFlags, sourcesOfProcess } from './setting-flags.ts';

/** Adds the subcommand. */
export function registerWorker(program: Command): void {
  const command = program
    .command('worker')
    .description('build, package and test what a farm wants done on this platform');
  addSettingFlags(command, workerSettings).action((flags: Record<string, unknown>) =>
    runService(async ({ signal, say }) => {
      const config = workerConfig(sourcesOfProcess(flags));
      await makeWorkerDirectories(config);
      const logger = await openLogger({ path: config.logPath, isVerbose: false, flag: '--log' });
      await runWorker({ config, logger, environment: process.env, signal, say });
    }),
  );
}
