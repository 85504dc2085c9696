import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { environmentSecrets, secretVariables } from '#workers/secrets/secret-source.ts';

describe('a script', () => {
  it('gets the declared secrets that exist; which are missing is known', () => {
    const source = environmentSecrets({ SECRET: 's', EMPTY: '', OTHER: 'o' });
    assert.deepEqual(secretVariables(['SECRET', 'NO_SUCH', 'EMPTY', 'toString'], source), {
      values: { SECRET: 's', EMPTY: '' },
      missing: ['NO_SUCH', 'toString'],
    });
  });
});
