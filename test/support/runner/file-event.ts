/** What the process of a test file tells the runner while it goes. */
export type FileEvent =
  /** A test is known: from now on the file isn't done until it has ended. */
  | { readonly kind: 'known'; readonly test: string }
  /** A test works, and works no longer. */
  | { readonly kind: 'began' | 'left'; readonly test: string }
  /** A test has ended, however; its verdict may come later. */
  | { readonly kind: 'ended'; readonly test: string }
  | { readonly kind: 'passed' }
  | { readonly kind: 'skipped'; readonly test: string; readonly reason: string }
  /** `text`: the error with its stack. */
  | { readonly kind: 'failed'; readonly test: string; readonly text: string };
