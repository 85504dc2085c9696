/** Real time and real chance would make a simulation differ from itself: they throw while it lasts. */

/** Performs `body` without them. */
export async function withoutRealTime<T>(body: () => Promise<T>): Promise<T> {
  const { setTimeout, setInterval, fetch } = globalThis;
  const { now } = Date;
  const { random } = Math;
  const forbidden = (): never => {
    throw new Error('real time, chance or network inside a simulation');
  };
  Object.assign(globalThis, {
    setTimeout: forbidden,
    setInterval: forbidden,
    fetch: forbidden,
  });
  Object.assign(Date, { now: forbidden });
  Object.assign(Math, { random: forbidden });
  try {
    return await body();
  } finally {
    Object.assign(globalThis, { setTimeout, setInterval, fetch });
    Object.assign(Date, { now });
    Object.assign(Math, { random });
  }
}
