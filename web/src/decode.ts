// From delta-coded degrees to flat coordinates of Web Mercator.

import MultiPolygon from "ol/geom/MultiPolygon";
import Polygon from "ol/geom/Polygon";
import type { Ring } from "./survey";

const EARTH_RADIUS = 6378137;
const RADIANS = Math.PI / 180;
/** Where Web Mercator ends. */
const MAX_LATITUDE = 85.05112878;

/** Appends one ring, closed, and says whether it has at least three positions. */
function append(ring: Ring, scale: number, flat: number[]): boolean {
  if (ring.length < 6) return false;
  const first = flat.length;
  let x = 0;
  let y = 0;
  for (let i = 0; i + 1 < ring.length; i += 2) {
    x += ring[i];
    y += ring[i + 1];
    const latitude = Math.max(-MAX_LATITUDE, Math.min(MAX_LATITUDE, y / scale)) * RADIANS;
    flat.push(EARTH_RADIUS * (x / scale) * RADIANS, EARTH_RADIUS * Math.log(Math.tan(Math.PI / 4 + latitude / 2)));
  }
  flat.push(flat[first], flat[first + 1]);
  return true;
}

/** The shape of a parcel, whose rings are told apart by their counts; nothing where no ring can be drawn. */
export function parcelShape(rings: Ring[], parts: number[] | 0, scale: number): Polygon | MultiPolygon | null {
  const flat: number[] = [];
  const polygons: number[][] = [];
  let from = 0;
  for (const count of parts || [rings.length]) {
    const ends: number[] = [];
    for (const ring of rings.slice(from, from + count)) if (append(ring, scale, flat)) ends.push(flat.length);
    if (ends.length > 0) polygons.push(ends);
    from += count;
  }
  if (polygons.length === 0) return null;
  return polygons.length === 1 ? new Polygon(flat, "XY", polygons[0]) : new MultiPolygon(flat, "XY", polygons);
}

interface Loop {
  flat: number[];
  area: number;
  depth: number;
}

function loop(ring: Ring, scale: number): Loop | null {
  const flat: number[] = [];
  if (!append(ring, scale, flat)) return null;
  let twice = 0;
  for (let i = 0; i + 3 < flat.length; i += 2) twice += (flat[i] - flat[0]) * (flat[i + 3] - flat[1]) - (flat[i + 2] - flat[0]) * (flat[i + 1] - flat[1]);
  return { flat, area: Math.abs(twice) / 2, depth: 0 };
}

function contains(outer: Loop, inner: Loop): boolean {
  const { flat } = outer;
  // The middle of the first side is less likely than a corner to lie on the other ring.
  const x = (inner.flat[0] + inner.flat[2]) / 2;
  const y = (inner.flat[1] + inner.flat[3]) / 2;
  let inside = false;
  for (let i = 0; i + 3 < flat.length; i += 2) {
    const [x1, y1, x2, y2] = [flat[i], flat[i + 1], flat[i + 2], flat[i + 3]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

/**
 * The shape of a zone, whose rings come in any order and hold by the even-odd rule. The canvas fills by winding, so
 * each ring at an odd depth becomes a hole of the smallest ring around it.
 */
export function zoneShape(rings: Ring[], scale: number): MultiPolygon | null {
  const loops = rings.map((ring) => loop(ring, scale)).filter((found): found is Loop => found !== null);
  if (loops.length === 0) return null;
  loops.sort((a, b) => b.area - a.area);
  const polygons = new Map<Loop, Loop[]>();
  loops.forEach((inner, place) => {
    const around = loops.slice(0, place).filter((outer) => contains(outer, inner));
    inner.depth = around.length;
    const parent = inner.depth % 2 === 1 ? around.filter((outer) => outer.depth % 2 === 0).pop() : undefined;
    const holes = parent && polygons.get(parent);
    if (holes) holes.push(inner);
    else polygons.set(inner, []);
  });
  const flat: number[] = [];
  const endss: number[][] = [];
  for (const [outer, holes] of polygons) {
    const ends: number[] = [];
    for (const part of [outer, ...holes]) {
      for (const value of part.flat) flat.push(value);
      ends.push(flat.length);
    }
    endss.push(ends);
  }
  return new MultiPolygon(flat, "XY", endss);
}
