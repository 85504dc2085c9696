/** Lets the channel index packages that somebody else put into its directory. */
import type { PackageIndexReader } from '#coordinator/channel/subdir-index.ts';
import { StageyardError } from '#proto/errors.ts';
import { openCondaArchive } from '#workers/archive/conda-archive.ts';

/** Reads `info/index.json` with the workers' archive reader. */
export const packageIndexReader: PackageIndexReader = {
  async readIndexJson(path) {
    const archive = await openCondaArchive(path);
    try {
      const bytes = await archive.readInfoFile('index.json');
      if (bytes === undefined)
        throw new StageyardError('PACKAGE_INVALID', `${path} has no info/index.json`);
      return JSON.parse(bytes.toString('utf8'));
    } catch (error) {
      if (error instanceof SyntaxError)
        throw new StageyardError(
          'PACKAGE_INVALID',
          `info/index.json of ${path} is not JSON: ${error.message}`,
          { cause: error },
        );
      throw error;
    } finally {
      await archive.close();
    }
  },
};
