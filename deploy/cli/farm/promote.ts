/** `stageyard promote`: copies a run's packages into a channel that others use. */
import type { Command } from 'commander';
import { StageyardError } from '#proto/errors.ts';
import { type Requirement, requirements } from '../../promotion/choose-packages.ts';
import { addClientCommand, type Flags, withClient } from './client-command.ts';

/** A farm that goes away meanwhile is waited for. */
const PATIENCE_MS = 60_000;

/** Adds the subcommand. */
export function registerPromote(program: Command): void {
  addClientCommand(program, {
    words: 'promote <run>',
    description: 'copy the packages of a run into a channel that others use',
    json: 'one JSON object a line for each package',
  })
    .requiredOption(
      '--to <channel>',
      'the channel (required): a directory, or s3://BUCKET/PREFIX with endpoint, region and keys from STAGEYARD_S3_* or AWS_*',
    )
    .option(
      '--require <rules>',
      `what every package must be, separated by commas: ${requirements.join(', ')}`,
    )
    .option('--partial', 'promote what can be promoted, although other packages stay behind')
    .action(async (name: string, { to, require, partial, ...flags }: Flags) => {
      const wish = {
        name,
        channel: String(to),
        required: requirementsOf(require),
        isPartial: partial === true,
      };
      const { runPromote } = await import('./run-promote.ts');
      await withClient(flags, PATIENCE_MS, (session) => runPromote(session, wish));
    });
}

function requirementsOf(value: unknown): readonly Requirement[] {
  const words = typeof value === 'string' ? value.split(',') : [];
  return words.map((word) => {
    const found = requirements.find((rule) => rule === word.trim());
    if (found !== undefined) return found;
    const text = `--require ${word}: choose from ${requirements.join(', ')}`;
    throw new StageyardError('USAGE_INVALID', text);
  });
}
