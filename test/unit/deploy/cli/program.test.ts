/** What `--help` says, of all commands alike. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { commandLine } from '#deploy/cli/program.ts';

const { commands } = commandLine();

it('describes every command in the same manner, and each of its arguments', () => {
  for (const command of commands) {
    assert.match(command.description(), /^[a-z].*[^.]$/, command.name());
    for (const argument of command.registeredArguments)
      assert.notEqual(argument.description, '', `${command.name()} ${argument.name()}`);
  }
});

it('says which options must be given', () => {
  for (const { options } of commands)
    for (const { mandatory, description, flags } of options)
      assert.equal(mandatory, description.includes('(required)'), flags);
});
