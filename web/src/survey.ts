// The data that the program writes into the page.

export interface Zone { id: string; name: string; kind?: string | null; rings: number[][] }
export interface Indicator { id: string; name: string; unit: string; decimals: number }
export interface Rule { code: string; name: string; clause: string | null }

export interface Parcels {
  count: number;
  id: string[];
  grade: number[];
  score: (number | null)[];
  rank: (number | null)[];
  mu: (number | null)[];
  listed: number[];
  district: number[];
  park: number[];
  layout: number[][];
  peer: (string | null)[];
  track: (string | null)[];
  enterprise: (string | null)[];
  industry: (string | null)[];
  i: Record<string, (number | null)[]>;
  s: Record<string, (number | null)[]>;
  reasons: number[][];
  findings: number[][];
  rings: number[][][];
  parts: (0 | number[])[];
}

export interface Survey {
  lang: "zh" | "en";
  title: string;
  city: string | null;
  schematic: boolean;
  illustrative: boolean;
  source: string[];
  generated_by: string;
  rulebook: { name: string; year: number; area: string; source: string };
  indicators: Indicator[];
  rules: Rule[];
  finding_codes: { code: string; title: string }[];
  districts: Zone[];
  parks: Zone[];
  layout: Zone[];
  grades: string[];
  scale: number;
  parcels: Parcels;
}

export function load(): Survey {
  return JSON.parse(document.getElementById("survey")!.textContent!) as Survey;
}
