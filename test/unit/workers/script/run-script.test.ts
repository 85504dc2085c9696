import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { type RunScriptOptions, runScript } from '#workers/script/run-script.ts';

/** True while a process with this number is there and is no zombie. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    const state = await readFile(`/proc/${pid}/stat`, 'utf8');
    return !/\) Z /.test(state);
  } catch {
    return false;
  }
}

/** Resolves when the process is gone; the test's own timeout is the limit. */
async function gone(pid: number): Promise<void> {
  while (await isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
}

describe('a script', () => {
  let directory = '';
  let lines: string[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'run-script-'));
    lines = [];
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  const options = (script: string, more: Partial<RunScriptOptions> = {}): RunScriptOptions => ({
    command: ['bash', '-c', script],
    cwd: directory,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    logPath: join(directory, 'script.log'),
    labels: [],
    secrets: [],
    onLine: (line) => lines.push(line),
    timeoutMs: 0,
    silentTimeoutMs: 0,
    what: 'the build script of libfoo',
    ...more,
  });

  it('has its output streamed line by line and kept in the log', async () => {
    const outcome = await runScript(options('echo one; echo two >&2; printf three'));
    assert.deepEqual(lines, ['one', 'two', 'three']);
    assert.equal(outcome.exitCode, 0);
    assert.deepEqual(outcome.tail, ['one', 'two', 'three']);
    assert.equal(await readFile(outcome.logPath, 'utf8'), 'one\ntwo\nthree\n');
  });

  it('has its memory measured, that of its children with it', async () => {
    const bytesEach = 64 * 1024 * 1024;
    const seen = join(directory, 'seen');
    const hold = `globalThis.kept = Buffer.alloc(${bytesEach}, 1); setInterval(() => require('node:fs').existsSync('seen') && process.exit(), 10)`;
    let peakBytes = 0;
    await runScript(
      options(`"${process.execPath}" -e "${hold}" & "${process.execPath}" -e "${hold}"; wait`, {
        timeoutMs: 60_000,
        onUse: ({ peakMemoryBytes }) => {
          peakBytes = peakMemoryBytes ?? 0;
          if (peakBytes > 2 * bytesEach) writeFileSync(seen, '');
        },
      }),
    );
    assert.ok(peakBytes > 2 * bytesEach, String(peakBytes));
  });

  it('reads nothing and sees only the given environment', async () => {
    const script = 'if read -r x; then echo "got $x"; fi; env | cut -d= -f1 | sort | tr "\\n" " "';
    await runScript(options(script, { env: { PATH: '/usr/bin:/bin', A_B: '1' } }));
    assert.deepEqual(lines, ['A_B PATH PWD SHLVL _ ']);
  });

  it('has carriage returns turned into line ends', async () => {
    await runScript(options(String.raw`printf '10%%\r20%%\r\ndone\r\n'`));
    assert.deepEqual(lines, ['10%', '20%', 'done']);
  });

  it('shows no secret and no long path, whole output and log alike', async () => {
    const labels = [
      { path: '/tmp/src', label: '$SRC_DIR' },
      { path: '/tmp/src_build_env', label: '$BUILD_PREFIX' },
    ];
    const secrets = ['s3cret', 's3cret-longer', 'first line\nsecond line', ''];
    const script =
      'echo s3cret-longer s3cret /tmp/src/a /tmp/src_build_env/b; echo "a second line"';
    await runScript(options(script, { labels, secrets }));
    assert.deepEqual(lines, ['******** ******** $SRC_DIR/a $BUILD_PREFIX/b', 'a ********']);
    assert.doesNotMatch(await readFile(join(directory, 'script.log'), 'utf8'), /s3cret|second/);
  });

  it('that fails says the exit status, the last lines and the log', async () => {
    await assert.rejects(runScript(options('seq 100; exit 7')), (error: unknown) => {
      assert.ok(error instanceof StageyardError);
      assert.equal(error.code, 'SCRIPT_FAILED');
      assert.equal(error.context['exitCode'], 7);
      assert.match(error.message, /^the build script of libfoo failed with exit status 7\n/);
      assert.match(error.message, /\| 86\n(.*\n)*.*\| 100\nLog: .*script\.log$/);
      return true;
    });
  });

  it('that meets the end of a disk is not to blame', async () => {
    await assert.rejects(runScript(options('echo a | cat > /dev/full')), {
      code: 'DISK_FULL',
      message: /failed with exit status 1: a disk of this machine is full\n/,
    });
  });

  it('that a signal ended is reported with the signal', async () => {
    await assert.rejects(runScript(options('kill -SEGV $$')), {
      code: 'SCRIPT_FAILED',
      message: /exit status 139 \(ended by SIGSEGV\)/,
    });
  });

  it('that runs too long is ended with its children', async () => {
    const script = 'sleep 1000 & echo $!; wait';
    await assert.rejects(runScript(options(script, { timeoutMs: 300 })), {
      code: 'SCRIPT_TIMEOUT',
    });
    await gone(Number(lines[0]));
  });

  it('that prints nothing for too long is ended', async () => {
    const script = 'echo started; exec sleep 1000';
    await assert.rejects(runScript(options(script, { silentTimeoutMs: 300 })), {
      code: 'SCRIPT_TIMEOUT',
      message: /printed nothing for 0.3 s/,
    });
  });

  it('may clean up when it is cancelled', async () => {
    const controller = new AbortController();
    const script = `trap 'echo cleaned > ${directory}/cleaned; exit 1' TERM; echo ready; sleep 1000 & wait`;
    const run = runScript(
      options(script, {
        signal: controller.signal,
        onLine: (line) => {
          if (line === 'ready') controller.abort();
        },
      }),
    );
    await assert.rejects(run, { code: 'CANCELLED' });
    assert.ok(existsSync(join(directory, 'cleaned')));
  });

  it('is not started when it was cancelled before', async () => {
    const signal = AbortSignal.abort();
    await assert.rejects(runScript(options(`touch ${directory}/started`, { signal })), {
      code: 'CANCELLED',
    });
    assert.ok(!existsSync(join(directory, 'started')));
  });

  it('leaves no process behind, even one that ignores requests and holds the output open', async () => {
    await runScript(options(`(trap '' TERM HUP; sleep 1000) & echo $!`));
    await gone(Number(lines[0]));
  });

  it('is ended when the process that started it is killed', async () => {
    const program = `
      import { runScript } from '#workers/script/run-script.ts';
      await runScript({
        command: ['bash', '-c', 'trap "" TERM; echo $$; sleep 1000; sleep 1000'],
        cwd: ${JSON.stringify(directory)}, env: { PATH: '/usr/bin:/bin' },
        logPath: ${JSON.stringify(join(directory, 'inner.log'))},
        labels: [], secrets: [], timeoutMs: 0, silentTimeoutMs: 0, what: 'it',
        onLine: (line) => process.stdout.write(line),
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [pid] = await once(child.stdout, 'data');
    assert.ok(await isAlive(Number(pid)));
    child.kill('SIGKILL');
    await gone(Number(pid));
  });

  it('fills the log up to its bound, and the end is there all the same', async () => {
    await runScript(options('seq 1 5000', { logSizeBytesMax: 1000 }));
    const log = await readFile(join(directory, 'script.log'), 'utf8');
    assert.ok(log.length < 1500);
    assert.match(log, /^1\n2\n/);
    assert.match(
      log,
      /\[the log is full: \d+ lines left out; the last ones follow\]\n(.*\n)*5000\n$/,
    );
  });

  it('may print one endless line; no secret is cut in two', async () => {
    await writeFile(
      join(directory, 'long'),
      `${'x'.repeat(64 * 1024 - 3)}s3cret${'y'.repeat(70_000)}`,
    );
    await runScript(options('cat long', { secrets: ['s3cret'] }));
    assert.ok(lines.length >= 2);
    assert.doesNotMatch(lines.join('|'), /s3c|cret/);
    assert.equal(lines.join('').length, 64 * 1024 - 3 + 8 + 70_000);
  });

  it('without bash on PATH says what is missing', async () => {
    await assert.rejects(runScript(options('true', { env: { PATH: directory } })), {
      code: 'SCRIPT_INTERPRETER_MISSING',
    });
  });

  it('with a log that cannot be written is not started', async () => {
    await assert.rejects(runScript(options('true', { logPath: join(directory, 'no', 'log') })), {
      code: 'STORE_UNWRITABLE',
    });
  });
});
