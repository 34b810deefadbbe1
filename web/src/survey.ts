// The data that the program writes into the page.

import { byId } from "./dom";
import type { Lang } from "./text";

/** Delta-coded: x, y, then the step to each next position, in whole numbers of 1/scale degrees; not closed. */
export type Ring = number[];

export interface Zone {
  id: string;
  name: string;
  kind?: string | null;
  rings: Ring[];
}

export interface Indicator {
  id: string;
  name: string;
  unit: string;
  decimals: number;
}

type Column<T> = (T | null)[];

interface Columns {
  count: number;
  id: string[];
  score: Column<number>;
  rank: Column<number>;
  mu: Column<number>;
  /** How firm the grade is, in words; absent where nothing was drawn. */
  firmness?: Column<string> | null;
  listed: number[];
  district: number[];
  park: number[];
  layout: number[][];
  peer: Column<string>;
  track: Column<string>;
  enterprise: Column<string>;
  industry: Column<string>;
  i: Record<string, Column<number>>;
  s: Record<string, Column<number>>;
  reasons: number[][];
  findings: number[][];
  rings: Ring[][];
  /** The number of rings of each polygon, or 0 where one polygon has them all. */
  parts: (number[] | 0)[];
}

interface About {
  version: number;
  lang: Lang;
  title: string;
  city: string | null;
  schematic: boolean;
  illustrative: boolean;
  source: string[];
  generated_by: string;
  rulebook: { name: string; year: number; area: string; source: string };
  indicators: Indicator[];
  rules: { code: string; name: string; clause: string | null }[];
  finding_codes: { code: string; title: string }[];
  districts: Zone[];
  parks: Zone[];
  layout: Zone[];
  scale: number;
}

/** Grades as written: letters, or places in a list of them. */
interface Written extends About {
  grades?: string[];
  parcels: Columns & { grade: (string | number)[] };
}

export interface Parcels extends Columns {
  /** Places in the survey's grades. */
  grade: number[];
}

export interface Survey extends About {
  grades: string[];
  parcels: Parcels;
}

export const NOT_ASSESSED = "T";

/** The grades that occur, besides A to D and T, which a legend always has; T comes last. */
function lettersOf(written: (string | number)[]): string[] {
  const letters = new Set(["A", "B", "C", "D", ...written.map(String)]);
  letters.delete(NOT_ASSESSED);
  return [...[...letters].sort(), NOT_ASSESSED];
}

export function load(): Survey {
  const written = JSON.parse(byId("survey").textContent ?? "") as Written;
  const grades = written.grades ?? lettersOf(written.parcels.grade);
  const places = new Map(grades.map((grade, place) => [grade, place]));
  const grade = written.parcels.grade.map((g) => (typeof g === "number" ? g : (places.get(g) ?? grades.length - 1)));
  return { ...written, grades, parcels: { ...written.parcels, grade } };
}
