/** Answers that tell a whole run, and those who ask for them. */
import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { nextTick } from 'node:process';
import { it } from 'node:test';
import { tellAtLength } from '#coordinator/http/large-answers.ts';

it('nothing is told to one who goes away while its turn comes', async () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  let isTold = false;
  const asked = tellAtLength(response, { outcome: null }, async () => (isTold = true));
  await new Promise<void>((resolve) => nextTick(resolve));
  response.destroy();
  response.emit('close');
  await assert.rejects(asked, { name: 'AbortError' });
  assert.equal(isTold, false);
});
