/** Kinds of tasks as the messages number them. */
import type { TaskKind } from '../task-messages.ts';
import { enumTable } from './wire.ts';

/** Numbers are those of `TaskKind` in task-offer.proto. */
export const taskKinds = enumTable<TaskKind>({ stage: 1, package: 2, test: 3 });
