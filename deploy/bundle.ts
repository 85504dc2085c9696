/** What a submission carries: recipes and their sources as content-addressed trees, and the time of the build. */
export { type BundledFile, type BundledRecipe, bundleRecipe } from './bundle/bundle-recipe.ts';
export { bundleTree } from './bundle/bundle-tree.ts';
export { buildTimestamp } from './bundle/build-timestamp.ts';
