/**
 * Scripts (spec 1.6): which of text, file and commands is meant. Text stays as written, since it is rendered with the
 * build's own variables where it runs; what it mentions counts as read, in conditions and branches that don't hold too.
 */
import type { Script } from '#proto/recipe/recipe.ts';
import type { RecipeFiles } from '../recipe-files.ts';
import type { ScriptTemplate } from '../template/sections.ts';
import { type Mention, visitMentions } from '../template/references.ts';
import type { TemplateValue, ValueList } from '../template/value.ts';
import type { Evaluator } from './evaluator.ts';

/** A script with its form as written, for `--render-only`. */
export interface EvaluatedScript {
  readonly script: Script;
  /** Undefined where the recipe gives none. */
  readonly document: unknown;
}

/** What resolving a script needs besides the evaluator. */
export interface ScriptPlace {
  readonly files: RecipeFiles;
  /** `.bat` or `.sh`: appended to a script's name that has no extension. */
  readonly extension: string;
  /** Told of each variable that script text mentions. */
  readonly mentions: (mention: Mention) => void;
}

interface ScriptBody {
  readonly body: Script['body'];
  readonly document: unknown;
}

/** Interpreters by extension of a script's file, as `--render-only` names them. */
const INTERPRETERS: Readonly<Record<string, string>> = {
  sh: 'bash',
  bash: 'bash',
  bat: 'cmd',
  cmd: 'cmd',
  ps1: 'powershell',
  py: 'python',
  nu: 'nushell',
  pl: 'perl',
  r: 'rscript',
  rb: 'ruby',
  js: 'nodejs',
};

const NOTHING = { env: {}, secrets: [], body: { kind: 'none' } } as const;

/** The script of an output that gives none. */
export const NO_SCRIPT: EvaluatedScript = { script: NOTHING, document: undefined };

function raw(written: TemplateValue, place: ScriptPlace): string {
  visitMentions(written, place.mentions);
  return written.scalar.text;
}

function rawList(list: ValueList, evaluator: Evaluator, place: ScriptPlace): string[] {
  visitMentions(list.items, place.mentions);
  return evaluator.select(list).map(({ scalar }) => scalar.text);
}

/** The file that a one-line text names, if there is one. */
function fileNamed(text: string, place: ScriptPlace): string | undefined {
  const name = text.trim();
  if (name === '' || name.includes('\n') || name.includes('${{')) return undefined;
  const hasExtension = /\.[^./\\]+$/.test(name);
  const candidates = hasExtension ? [name] : [name + place.extension, name];
  return candidates.find((candidate) => place.files.exists(candidate));
}

function textScript(text: string, place: ScriptPlace): Script['body'] {
  const file = fileNamed(text, place);
  if (file !== undefined) return { kind: 'file', file };
  return text === '' ? { kind: 'none' } : { kind: 'inline', content: text };
}

/** One command is a command or the name of a file; several are a script. */
function commandsBody(commands: readonly string[], place: ScriptPlace): ScriptBody {
  const [first = ''] = commands;
  if (commands.length === 1) return { body: textScript(first, place), document: first };
  const body: Script['body'] =
    commands.length === 0 ? { kind: 'none' } : { kind: 'commands', commands };
  return { body, document: commands };
}

function contentBody(
  content: ValueList | undefined,
  evaluator: Evaluator,
  place: ScriptPlace,
): ScriptBody {
  if (content === undefined) return { body: { kind: 'none' }, document: undefined };
  const lines = rawList(content, evaluator, place);
  const [first = ''] = lines;
  if (lines.length === 1) return { body: { kind: 'inline', content: first }, document: first };
  return commandsBody(lines, place);
}

function mapScript(
  template: ScriptTemplate & { readonly kind: 'map' },
  evaluator: Evaluator,
  place: ScriptPlace,
): EvaluatedScript {
  const interpreter = evaluator.nonEmptyText(template.interpreter);
  const cwd = evaluator.nonEmptyText(template.cwd);
  const file = evaluator.nonEmptyText(template.file);
  const env = Object.fromEntries(
    (template.env ?? []).map(({ key, value }) => [key.text, evaluator.text(value) ?? '']),
  );
  // Names of variables, which are no templates.
  const secrets = evaluator.select(template.secrets).map(({ scalar }) => scalar.text);
  const content = contentBody(template.content, evaluator, place);
  const resolved = file === undefined ? undefined : (fileNamed(file, place) ?? file);
  const body: Script['body'] =
    resolved === undefined ? content.body : { kind: 'file', file: resolved };
  return {
    script: {
      env,
      secrets,
      body,
      ...(interpreter === undefined ? {} : { interpreter }),
      ...(cwd === undefined ? {} : { cwd }),
    },
    document: {
      interpreter:
        interpreter ?? INTERPRETERS[/\.([^./]+)$/.exec(file ?? '')?.[1]?.toLowerCase() ?? ''],
      env,
      secrets,
      file,
      content: content.document,
      cwd,
    },
  };
}

/** Evaluates a script as far as the recipe alone decides it. */
export function evaluateScript(
  template: ScriptTemplate,
  evaluator: Evaluator,
  place: ScriptPlace,
): EvaluatedScript {
  switch (template.kind) {
    case 'text': {
      const text = raw(template.text, place);
      return { script: { ...NOTHING, body: textScript(text, place) }, document: text };
    }
    case 'list': {
      const { body, document } = commandsBody(rawList(template.commands, evaluator, place), place);
      return { script: { ...NOTHING, body }, document };
    }
    case 'map':
      return mapScript(template, evaluator, place);
  }
}

/** `build.sh`, or `build.bat` and then `build.ps1`, next to a single-output recipe (spec 1.6). */
export function defaultScript(place: ScriptPlace): EvaluatedScript {
  const names = place.extension === '.bat' ? ['build.bat', 'build.ps1'] : ['build.sh'];
  const file = names.find((name) => place.files.exists(name));
  if (file === undefined) return NO_SCRIPT;
  return { script: { ...NOTHING, body: { kind: 'file', file } }, document: undefined };
}
