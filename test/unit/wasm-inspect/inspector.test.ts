import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { truncateSync } from 'node:fs';
import { chmod, link, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { instantiateComponent } from '#wasm-inspect/host/component.ts';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import { buildElf } from '../../support/elf-builder.ts';
import { buildFat, buildMachO } from '../../support/mach-o-builder.ts';
import { buildPe } from '../../support/pe-builder.ts';
import { withTemporaryDirectory } from '../../support/temporary-directory.ts';

const inspector = createInspector();
const library = buildElf({ needed: ['liba.so'], soname: 'libx.so' }).bytes;

function reasonOf(path: string): string {
  const report = inspector.inspectFile(path);
  return report.kind === 'not-binary' ? report.reason : JSON.stringify(report);
}

describe('the inspector', () => {
  it('says the same of a file as of its bytes', async () => {
    await withTemporaryDirectory(async (directory) => {
      const path = join(directory, 'libx.so');
      await writeFile(path, library);
      assert.deepEqual(inspector.inspectFile(path), inspector.inspectBytes(library));
    });
  });

  it('follows links to files', async () => {
    await withTemporaryDirectory(async (directory) => {
      await writeFile(join(directory, 'libx.so.1'), library);
      await symlink('libx.so.1', join(directory, 'libx.so'));
      await link(join(directory, 'libx.so.1'), join(directory, 'hard'));
      assert.equal(inspector.inspectFile(join(directory, 'libx.so')).kind, 'binary');
      assert.equal(inspector.inspectFile(join(directory, 'hard')).kind, 'binary');
    });
  });

  it('answers for what is no regular file without waiting for anybody', async () => {
    await withTemporaryDirectory(async (directory) => {
      const fifo = join(directory, 'fifo');
      execFileSync('mkfifo', [fifo]);
      assert.equal(reasonOf(fifo), 'fifo');
      assert.equal(reasonOf(directory), 'directory');
      assert.equal(reasonOf('/dev/null'), 'device');
      assert.equal(reasonOf('/dev/zero'), 'device');
      const socket = join(directory, 'socket');
      const server = createServer();
      await new Promise<void>((resolve) => {
        server.listen(socket, resolve);
      });
      assert.equal(reasonOf(socket), 'socket');
      server.close();
    });
  });

  it('says why a file can not be opened', async () => {
    await withTemporaryDirectory(async (directory) => {
      const absent = inspector.inspectFile(join(directory, 'absent'));
      assert.equal(absent.kind, 'problem');
      assert.equal(absent.finding.code, 'INSPECT_IO');
      assert.equal(absent.finding.message, 'cannot be opened: ENOENT');
      await symlink('loop', join(directory, 'loop'));
      const loop = inspector.inspectFile(join(directory, 'loop'));
      assert.equal(loop.kind, 'problem');
      assert.equal(loop.finding.message, 'cannot be opened: ELOOP');
      const zero = inspector.inspectFile('with\0zero');
      assert.equal(zero.kind, 'problem');
    });
  });

  it('reads a file that only its owner may read, or says that it may not', async () => {
    await withTemporaryDirectory(async (directory) => {
      const path = join(directory, 'secret.so');
      await writeFile(path, library);
      await chmod(path, 0);
      const report = inspector.inspectFile(path);
      // Root reads everything.
      assert.equal(report.kind, process.getuid?.() === 0 ? 'binary' : 'problem');
    });
  });

  it('reads no more of a huge file than of a small one', async () => {
    await withTemporaryDirectory(async (directory) => {
      const fat = buildFat([buildMachO({ rpaths: ['/a'] }), buildMachO({ rpaths: ['/b'] })]);
      for (const bytes of [
        library,
        buildMachO({ rpaths: ['/a'] }),
        fat,
        buildPe({ imports: ['a.dll'] }),
      ]) {
        const path = join(directory, 'file');
        await writeFile(path, bytes);
        const small = inspector.inspectFile(path);
        const bytesRead = inspector.bytesRead;
        await truncate(path, 2 ** 40);
        assert.deepEqual(inspector.inspectFile(path), small);
        // Of the small file there are fewer than were asked for.
        assert.ok(inspector.bytesRead < bytesRead + 16_384);
      }
    });
  });

  it('answers for a file that gets shorter while it is read', async () => {
    await withTemporaryDirectory(async (directory) => {
      const path = join(directory, 'libx.so');
      await writeFile(path, buildElf({ needed: ['a'.repeat(9000)] }).bytes);
      const disturbed = createInspector({
        instantiate: (readAt) =>
          instantiateComponent((offset, length) => {
            truncateSync(path, 5000);
            return readAt(offset, length);
          }),
      });
      const report = disturbed.inspectFile(path);
      assert.equal(report.kind, 'problem');
      assert.equal(report.finding.code, 'INSPECT_TRUNCATED');
    });
  });

  it('reads no more of a file than its limits allow', () => {
    const { bytes } = buildElf({ needed: ['a'.repeat(9000)] });
    for (const limits of [{ fileReadsMax: 1 }, { fileBytesReadMax: 4096 }]) {
      const report = createInspector({ limits }).inspectBytes(bytes);
      assert.equal(report.kind, 'problem');
      assert.equal(report.finding.code, 'INSPECT_LIMIT');
    }
    assert.equal(inspector.inspectBytes(bytes).kind, 'binary');
  });

  it('drops an instance that traps and goes on with a fresh one', () => {
    let instanceCount = 0;
    const trapping = createInspector({
      instantiate: (readAt) => {
        instanceCount += 1;
        const component = instantiateComponent(readAt);
        const inspect = (head: Uint8Array): ReturnType<typeof component.inspect> => {
          if (head.length === 5) throw new Error('unreachable');
          return component.inspect(head);
        };
        return { ...component, inspect };
      },
    });
    assert.equal(trapping.inspectBytes(library).kind, 'binary');
    const report = trapping.inspectBytes(new Uint8Array(5));
    assert.equal(report.kind, 'problem');
    assert.equal(report.finding.code, 'INSPECT_TRAPPED');
    assert.match(report.finding.message, /the inspector gave up: unreachable/);
    assert.equal(trapping.inspectBytes(library).kind, 'binary');
    assert.equal(instanceCount, 2);
  });

  it('keeps no large instance after a file with large tables', () => {
    let instanceCount = 0;
    const counting = createInspector({
      instantiate: (readAt) => {
        instanceCount += 1;
        return instantiateComponent(readAt);
      },
    });
    const { bytes } = buildElf({ needed: ['liba.so'] });
    const large = new Uint8Array((8 << 20) + bytes.length);
    large.set(bytes);
    // Section headers of 128 bytes each, 60,000 of them, all zero: valid and useless.
    const view = new DataView(large.buffer);
    view.setUint16(58, 128, true);
    view.setUint16(60, 60_000, true);
    view.setBigUint64(40, BigInt(bytes.length), true);
    assert.equal(counting.inspectBytes(large).kind, 'binary');
    assert.equal(counting.inspectBytes(bytes).kind, 'binary');
    assert.equal(instanceCount, 2);
  });

  it('gives the same answers after ten thousand files as before', () => {
    const before = JSON.stringify(inspector.inspectBytes(library));
    const broken = library.subarray(0, 100);
    for (let i = 0; i < 10_000; i++) {
      inspector.inspectBytes(library);
      inspector.inspectBytes(broken);
    }
    assert.equal(JSON.stringify(inspector.inspectBytes(library)), before);
  });
});
