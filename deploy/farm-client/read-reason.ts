/** Why a task waits, as a coordinator tells it, read from JSON. Throws `MESSAGE_INVALID`. */
import { readErrorCode } from '#proto/error-codes.ts';
import { taskId } from '#proto/ids.ts';
import {
  choiceMember,
  countMember,
  idMember,
  jsonId,
  type JsonObject,
  jsonText,
  listMember,
  textMember,
} from '#proto/json-shape.ts';
import { STOP_REASONS } from '#coordinator/core/facts.ts';
import type { WaitingReason } from '#coordinator/core/waiting-reasons.ts';

/** A kind that only a newer coordinator knows stays as it is: words for it are found where reasons are shown. */
export function readReason(object: JsonObject): WaitingReason {
  const kind = textMember(object, 'kind');
  return knownReason(kind as WaitingReason['kind'], object) ?? ({ kind } as WaitingReason);
}

function knownReason(kind: WaitingReason['kind'], object: JsonObject): WaitingReason | undefined {
  const text = (key: string): string => textMember(object, key);
  const texts = (key: string): readonly string[] => listMember(object, key, jsonText);
  switch (kind) {
    case 'needs-tasks': {
      const tasks = listMember(object, 'tasks', jsonId(taskId));
      return { kind, tasks, count: countMember(object, 'count') };
    }
    case 'needs-slot':
    case 'needs-worker':
      return { kind, pool: text('pool') };
    case 'no-worker': {
      const closedCount = countMember(object, 'closedCount');
      return { kind, platform: text('platform'), platforms: texts('platforms'), closedCount };
    }
    case 'missing':
      return { kind, labels: texts('labels'), secrets: texts('secrets') };
    case 'slots-full':
      return { kind, position: countMember(object, 'position') };
    case 'unreachable':
      return { kind, what: choiceMember(object, 'what', ['bus', 'store']) };
    case 'run-paused':
      return { kind };
    case 'backs-off': {
      const code = object.members['code'] === null ? null : readErrorCode(text('code'));
      return { kind, untilMs: countMember(object, 'untilMs'), code };
    }
    case 'blocked':
      return { kind, root: idMember(object, 'root', taskId) };
    case 'stopped':
      return { kind, reason: choiceMember(object, 'reason', STOP_REASONS) };
    default:
      return undefined;
  }
}
