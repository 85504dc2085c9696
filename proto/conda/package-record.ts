/** Records of conda packages as channels list them (CEP 16, repodata.json) and as `index.json` states them. */

/** Keys exactly as in `index.json` and repodata. Absent and null are the same. */
export interface PackageRecord {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly build_number: number;
  readonly subdir: string;
  readonly depends: readonly string[];
  readonly constrains?: readonly string[];
  readonly arch?: string | null;
  readonly platform?: string | null;
  readonly license?: string;
  readonly license_family?: string;
  readonly noarch?: 'python' | 'generic';
  readonly timestamp?: number;
  readonly track_features?: string;
  readonly features?: string;
  readonly python_site_packages_path?: string;
  readonly purls?: readonly string[];
  readonly md5?: string;
  readonly sha256?: string;
  readonly size?: number;
}

/** A record with its place: file name, full URL (or `blob:<sha256>` in a run's own channel), channel name. */
export interface RepodataRecord extends PackageRecord {
  readonly fn: string;
  readonly url: string;
  readonly channel: string;
}

/** `run_exports.json` of a package. Key names as on disk. */
export interface RunExportsJson {
  readonly weak?: readonly string[];
  readonly strong?: readonly string[];
  readonly noarch?: readonly string[];
  readonly weak_constrains?: readonly string[];
  readonly strong_constrains?: readonly string[];
}
