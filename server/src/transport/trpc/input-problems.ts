import type { TRPCRequestInfo } from '@trpc/server/http';
import type { FastifyRequest } from 'fastify';
import { listJsonProblems, type JsonProblem } from '@tocsin/shared';
import { inputErrorFromJson } from '../http/input-error.ts';

/** The problems in the inputs of a request, by the index of the call. Their paths begin at its input. */
export type InputProblems = ReadonlyMap<number, readonly JsonProblem[]>;

const noProblems: InputProblems = new Map();

/** Problems outside of all inputs, which fail each call of a batch. */
const allCalls = -1;

/** Reads the same text as tRPC: the query parameter `input` of a GET request, otherwise the body. */
export function findInputProblems(
  request: Pick<FastifyRequest, 'method' | 'body'>,
  info: TRPCRequestInfo,
): InputProblems {
  const text = request.method === 'GET' ? info.url?.searchParams.get('input') : request.body;
  if (typeof text !== 'string') return noProblems;
  let problems: Map<number, JsonProblem[]> | undefined;
  for (const problem of listJsonProblems(text)) {
    const [index, ...path] = info.isBatchCall ? problem.path : [0, ...problem.path];
    const call = /^\d+$/.test(String(index)) ? Number(index) : allCalls;
    problems ??= new Map();
    const known = problems.get(call);
    if (known === undefined) problems.set(call, [toRelative(problem, path, call)]);
    else known.push(toRelative(problem, path, call));
  }
  return problems ?? noProblems;
}

function toRelative(problem: JsonProblem, path: JsonProblem['path'], call: number): JsonProblem {
  return call === allCalls ? problem : { ...problem, path };
}

/** Throws INVALID_INPUT, which names each problem in the input of a call. */
export function rejectProblems(problems: InputProblems, call: number): void {
  const found = problems.get(allCalls) ?? problems.get(call) ?? [];
  if (found.length > 0) throw inputErrorFromJson(found);
}

/**
 * Returns the problems of each event in the input of `events.publishMany`, with paths that begin at the event.
 * Throws INVALID_INPUT for a problem outside of the events.
 */
export function findEventProblems(
  problems: InputProblems,
  call: number,
): ReadonlyMap<number, readonly JsonProblem[]> {
  const byEvent = new Map<number, JsonProblem[]>();
  const all = [...(problems.get(allCalls) ?? []), ...(problems.get(call) ?? [])];
  for (const problem of all) {
    const [field, index, ...path] = problem.path;
    if (field !== 'events' || typeof index !== 'number') throw inputErrorFromJson([problem]);
    const known = byEvent.get(index);
    if (known === undefined) byEvent.set(index, [{ ...problem, path }]);
    else known.push({ ...problem, path });
  }
  return byEvent;
}
