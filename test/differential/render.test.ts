/** Our own recipes, and random ones, render to what rattler-build renders. README.md says what is compared. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { CASE_PLATFORMS, recipeCases } from '../support/recipe-cases.ts';
import { renderCases } from '../support/recipe-generator.ts';
import {
  comparable,
  type RenderCase,
  renderCase,
  type Rendering,
  writeCase,
} from '../support/render-case.ts';
import { RenderPeer } from '../support/render-peer.ts';

const RANDOM_COUNT = 5000;
const SEED = Number(process.env['RENDER_SEED'] ?? 20_260_821);
/** Cases whose files are on disk at one time: the peer is one behind at most. */
const SLOTS = 8;

let directory = '';
let peer: RenderPeer;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stageyard-peer-'));
  peer = await RenderPeer.start(directory);
});

after(async () => {
  await peer[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

function shown(rendering: Rendering, experimental: boolean | undefined): unknown {
  if (!rendering.ok) return 'refused';
  return rendering.outputs.map((output) => comparable(output, experimental));
}

/** Renders on both sides; fails with the files and both messages where they differ. */
async function compare(place: string, { files, flags }: RenderCase): Promise<boolean> {
  await rm(place, { recursive: true, force: true });
  await writeCase(place, files);
  const pending = peer.render(place, flags);
  const ours = renderCase(place, flags);
  const theirs = await pending;
  const about = [
    ...Object.entries(files).map(([name, text]) => `-- ${name} --\n${text}`),
    JSON.stringify(flags),
    ours.ok ? 'stageyard accepts' : ours.message,
    theirs.ok ? 'rattler-build accepts' : theirs.message,
  ].join('\n');
  assert.equal(ours.ok, theirs.ok, about);
  try {
    assert.deepEqual(shown(ours, flags.experimental), shown(theirs, flags.experimental));
  } catch (error) {
    throw new Error(`the renderings differ\n${about}`, { cause: error });
  }
  return ours.ok;
}

describe('our own recipe', () => {
  for (const { name, differs, files, flags } of recipeCases()) {
    if (differs !== undefined) continue;
    it(`${name.replaceAll('-', ' ')} renders as rattler-build renders it`, async () => {
      for (const target of CASE_PLATFORMS)
        await compare(join(directory, 'own'), { files, flags: { ...flags, target } });
    });
  }
});

describe('random recipes', () => {
  it(`render as rattler-build renders them (${RANDOM_COUNT}, seed ${SEED})`, async () => {
    let accepted = 0;
    let slot = 0;
    await fc.assert(
      fc.asyncProperty(renderCases, async (renderable) => {
        slot = (slot + 1) % SLOTS;
        if (await compare(join(directory, `random-${slot}`), renderable)) accepted += 1;
      }),
      { numRuns: RANDOM_COUNT, seed: SEED, endOnFailure: true },
    );
    assert.ok(accepted > RANDOM_COUNT / 3, `only ${accepted} recipes are valid`);
  });
});
