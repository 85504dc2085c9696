/**
 * The catalogue of failures that cross a boundary (process, thread, WASM, user). A failure travels
 * as `{code, message, context}`; nobody matches message text. One row says whose fault it is, what a
 * scheduler may do about it, how the command exits, and what the reader can do.
 *
 * Codes are never reused. Exit codes: 1 a recipe, build or test failed; 2 usage; 3 infrastructure.
 */

/** Whose fault it is. */
export type Blame = 'user' | 'recipe' | 'infrastructure' | 'bug';

/** What a scheduler may do: try nowhere, on the same worker, on another one, or later. */
export type RetryClass = 'never' | 'same-worker' | 'other-worker' | 'after-backoff';

interface ErrorCodeRow {
  readonly blame: Blame;
  readonly retry: RetryClass;
  readonly exitCode: 1 | 2 | 3;
  /** One sentence: what the reader can do. */
  readonly help: string;
}

const row = (blame: Blame, retry: RetryClass, exitCode: 1 | 2 | 3, help: string): ErrorCodeRow => ({
  blame,
  retry,
  exitCode,
  help,
});

/** Every code with its row. */
export const errorCodes = {
  USAGE_INVALID: row('user', 'never', 2, 'see stageyard --help'),
  CONFIG_INVALID: row('user', 'other-worker', 2, 'correct the configuration'),

  RECIPE_NOT_FOUND: row(
    'user',
    'never',
    1,
    'give --recipe a recipe.yaml or a directory that holds one',
  ),
  RECIPE_INVALID: row('recipe', 'never', 1, 'correct the recipe at the place shown'),
  RECIPE_UNSUPPORTED: row(
    'recipe',
    'never',
    1,
    'this version does not support it; see the message for the way round',
  ),
  TEST_KIND_UNSUPPORTED: row('recipe', 'never', 1, '--test skip builds without these tests'),
  VARIANT_INVALID: row('recipe', 'never', 1, 'correct the variant file at the place shown'),
  RECIPE_CYCLE: row('recipe', 'never', 1, 'remove one of the requirements that close the cycle'),

  SOURCE_NOT_FOUND: row('recipe', 'never', 1, 'check the path or url of the source'),
  SOURCE_CHECKSUM: row(
    'recipe',
    'never',
    1,
    'correct sha256 or md5 in the recipe, or find out who changed the file',
  ),
  SOURCE_UNSAFE: row('recipe', 'never', 1, 'the archive must not be used'),
  SOURCE_TOOL_MISSING: row(
    'infrastructure',
    'other-worker',
    3,
    'install the program that the message names',
  ),
  SOURCE_FETCH_FAILED: row(
    'infrastructure',
    'after-backoff',
    3,
    'check the network and the mirrors',
  ),
  PATCH_FAILED: row('recipe', 'never', 1, 'make the patch anew against these sources'),

  ENV_UNSOLVABLE: row('recipe', 'never', 1, 'change the requirements or add a channel'),
  ENV_INSTALL_FAILED: row('infrastructure', 'other-worker', 3, 'check disk space and permissions'),
  CHANNEL_UNREACHABLE: row(
    'infrastructure',
    'after-backoff',
    3,
    'check the channel URL and the network',
  ),
  CHANNEL_INVALID: row('user', 'never', 1, 'the channel answers, but not with a conda index'),
  PACKAGE_INVALID: row('user', 'never', 1, 'the package archive is damaged or hostile'),

  SCRIPT_FAILED: row('recipe', 'never', 1, 'see the end of the log'),
  SECRET_EXPOSED: row(
    'recipe',
    'never',
    1,
    'let the script remove what holds the secret, or keep it outside of $PREFIX and $SRC_DIR',
  ),
  SCRIPT_TIMEOUT: row('recipe', 'never', 1, 'raise the limit or find what hangs'),
  SCRIPT_INTERPRETER_MISSING: row(
    'recipe',
    'never',
    1,
    'add the interpreter to requirements.build',
  ),

  STAGING_CAPTURE_FAILED: row(
    'infrastructure',
    'other-worker',
    3,
    'see which file could not be read',
  ),
  SNAPSHOT_MISSING: row('infrastructure', 'after-backoff', 3, 'the staging output is built again'),
  SNAPSHOT_INVALID: row('infrastructure', 'after-backoff', 3, 'the staging output is built again'),

  FILES_UNMATCHED: row('recipe', 'never', 1, 'correct build.files or the script'),
  PACKAGE_CONTENT: row('recipe', 'never', 1, 'correct the script or build.files'),
  LICENSE_MISSING: row('recipe', 'never', 1, 'correct about.license_file'),
  RELINK_FAILED: row('recipe', 'never', 1, 'install patchelf or leave room in the binary'),
  LINK_CHECK_FAILED: row('recipe', 'never', 1, 'add the dependency that the finding names'),
  TEST_FAILED: row('recipe', 'never', 1, 'see the log of the test'),

  OUTPUT_EXISTS: row(
    'user',
    'never',
    1,
    'raise build.number, or give --force to replace the package',
  ),
  OUTPUT_UNWRITABLE: row('user', 'never', 3, 'choose another --output-dir'),
  STORE_UNWRITABLE: row('user', 'other-worker', 3, 'choose another --store'),
  DISK_FULL: row('infrastructure', 'other-worker', 3, 'free disk space'),
  BUILD_PLACE_LOST: row(
    'infrastructure',
    'other-worker',
    3,
    'keep what cleans up temporary files away from the build root, or choose another with --build-root',
  ),

  BLOB_MISSING: row(
    'infrastructure',
    'after-backoff',
    3,
    'its producer runs again; if always the same worker misses it, that one has another store than the coordinator',
  ),
  BLOB_DIGEST_MISMATCH: row('infrastructure', 'after-backoff', 3, 'its producer runs again'),
  BLOB_TOO_LARGE: row(
    'user',
    'never',
    1,
    'split the run or the output: lists of files are what makes such documents large',
  ),
  BLOB_STORE_UNAVAILABLE: row('infrastructure', 'after-backoff', 3, 'check the blob store'),
  BUS_UNAVAILABLE: row('infrastructure', 'after-backoff', 3, 'check the bus'),
  JOURNAL_UNAVAILABLE: row('infrastructure', 'after-backoff', 3, 'check the journal'),
  JOURNAL_CONFLICT: row('infrastructure', 'never', 3, 'another coordinator leads'),
  LEADER_EXISTS: row(
    'user',
    'never',
    3,
    'end the other coordinator, or start this one with --standby',
  ),
  JOURNAL_CORRUPT: row('infrastructure', 'never', 3, 'restore the journal or start a new run'),
  MESSAGE_INVALID: row('infrastructure', 'never', 3, 'the message is put aside'),
  PROTOCOL_UNKNOWN: row(
    'infrastructure',
    'other-worker',
    3,
    'run releases of stageyard on coordinator and workers that read a common version of the task protocol',
  ),
  LEASE_STALE_EPOCH: row('infrastructure', 'never', 3, 'another attempt owns the task'),
  WORKER_LOST: row(
    'infrastructure',
    'other-worker',
    3,
    'see what ended the worker: memory, power, network',
  ),

  INSPECT_TRUNCATED: row('user', 'never', 1, 'the file is shorter than its headers say'),
  INSPECT_MALFORMED: row('user', 'never', 1, 'the file contradicts its format'),
  INSPECT_LIMIT: row(
    'user',
    'never',
    1,
    'the file asks for more than the inspector reads of any file',
  ),
  INSPECT_IO: row('infrastructure', 'other-worker', 3, 'the file cannot be read'),
  INSPECT_TRAPPED: row('bug', 'never', 1, 'report the file: the inspector gave up on it'),

  FARM_UNREACHABLE: row(
    'infrastructure',
    'after-backoff',
    3,
    'start `stageyard coordinator`, or name another farm with --farm or STAGEYARD_FARM',
  ),
  FARM_NOT_READY: row('infrastructure', 'after-backoff', 3, 'try again in a moment'),
  TOKEN_INVALID: row('user', 'never', 2, 'set STAGEYARD_TOKEN to the token of the farm'),
  RUN_UNKNOWN: row('user', 'never', 2, 'stageyard status lists the runs of the farm'),

  CANCELLED: row('user', 'never', 1, 'it was cancelled'),
  INTERNAL: row('bug', 'never', 3, 'this is a bug in stageyard: report it with the log'),
} as const satisfies Record<string, ErrorCodeRow>;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof errorCodes;

/** The code in a text from elsewhere; one of a newer program reads as `INTERNAL`. */
export function readErrorCode(text: string): ErrorCode {
  return isErrorCode(text) ? text : 'INTERNAL';
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}
