/** Structured log: the message is a constant sentence, data goes into fields. A logger never throws. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

/** Field names are camelCase with units (`durationMs`); values are plain. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
