/** The two layers of a snapshot are worked on at once; nothing goes on behind the back of a caller that was told of a failure. */

/** Waits for both to settle; throws the first one's failure, else the second one's. */
export async function bothOrFirstFailure<First, Second>(
  first: Promise<First>,
  second: Promise<Second>,
): Promise<readonly [First, Second]> {
  const [one, two] = await Promise.allSettled([first, second]);
  if (one.status === 'rejected') throw one.reason;
  if (two.status === 'rejected') throw two.reason;
  return [one.value, two.value];
}
