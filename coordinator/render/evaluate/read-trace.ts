/** Where an evaluation reads its variables and requirements: kept only when somebody asks, for `stageyard explain`. */
import type { Expr, Template } from '#proto/recipe/expression/ast.ts';
import type { Dependency } from '#proto/recipe/recipe.ts';
import type { YamlScalar } from '../yaml/document.ts';

/** A variable read in a scalar. */
export interface TracedRead {
  readonly name: string;
  readonly scalar: YamlScalar;
  readonly parsed: Expr | Template | undefined;
}

/** A requirement and the scalar that it is written as. */
export interface TracedRequirement {
  readonly dependency: Dependency;
  readonly scalar: YamlScalar;
}

/** See the file's head. */
export class ReadTrace {
  readonly reads: TracedRead[] = [];
  readonly requirements: TracedRequirement[] = [];
  #place: Pick<TracedRead, 'scalar' | 'parsed'> | undefined;

  /** What is read from now on is read there. */
  at(scalar: YamlScalar, parsed: TracedRead['parsed']): void {
    this.#place = { scalar, parsed };
  }

  /** A variable was read. */
  read(name: string): void {
    if (this.#place !== undefined) this.reads.push({ name, ...this.#place });
  }

  /** A requirement was evaluated. */
  required(dependency: Dependency, scalar: YamlScalar): void {
    this.requirements.push({ dependency, scalar });
  }
}
