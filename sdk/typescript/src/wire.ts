// Names on their way to the wire and back: portalId is portal_id there. What is the caller's own, such as the names
// of headers, dimensions and variables, stays as it is; which that is, `shapes` says.

import { SHAPES } from "./shapes.js";

/** The fields of a type by their names on the wire, each with what it holds. */
export type Shape = Readonly<Record<string, string>>;

/** What is to be sent, with the wire's names. Fields that are undefined are left out. */
export function toWire(value: unknown, kind: string): unknown {
  return renamed(value, kind, snake);
}

/** What came, with our names. */
export function fromWire(value: unknown, kind: string): unknown {
  return renamed(value, kind, camel);
}

/** metric_id becomes metricId. */
export function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** metricId becomes metric_id. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

type Rename = (name: string) => string;

function renamed(value: unknown, kind: string, rename: Rename): unknown {
  if (Array.isArray(value)) return value.map((each) => renamed(each, kind, rename));
  if (!isObject(value) || kind === "") return value;
  if (kind === "*") return mapped(value, camel, (each) => renamed(each, "*", camel));
  if (kind.startsWith("{")) return mapped(value, itself, (each) => renamed(each, kind.slice(1, -1), rename));
  const shape = held(SHAPES, kind) ?? {};
  return mapped(value, rename, (each, name) => renamed(each, held(shape, snake(name)) ?? "", rename));
}

function mapped(
  value: object,
  rename: Rename,
  read: (each: unknown, name: string) => unknown,
): Record<string, unknown> {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  // Defined one by one: a field that is called __proto__ is one like any other.
  return Object.fromEntries(entries.map(([name, each]) => [rename(name), read(each, name)]));
}

/** What is there of itself: every object answers to `constructor`, too. */
function held<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function itself(name: string): string {
  return name;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(value instanceof Date);
}
