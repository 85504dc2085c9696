/** What a local farm's two processes say to each other: the one that asks for it, and the house that runs it. */

/** What is asked for; secrets travel this way only. */
export interface HouseWish {
  /** Everything that is written is below it. */
  readonly directory: string;
  /** A store in a directory, instead of an S3 server of the farm's own. */
  readonly storePath?: string;
  readonly workers: number;
  readonly token: string;
}

/** Where everything is. */
export interface FarmAddresses {
  /** `what it is` and `where`, as it is shown. */
  readonly shown: readonly (readonly [name: string, place: string])[];
  /** Of the coordinator. */
  readonly url: string;
}

/** What the house says. */
export type HouseSaying =
  | { readonly kind: 'say'; readonly line: string }
  | { readonly kind: 'ready'; readonly addresses: FarmAddresses }
  /** It can't be built, or a part of it has ended: the house ends. */
  | { readonly kind: 'broken'; readonly text: string };
