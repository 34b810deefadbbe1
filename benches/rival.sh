#!/bin/bash
# The same 100,000 parcels by this program and by GeoPandas: parcel by parcel, and whole-process time and peak memory, paired.
#
# usage: benches/rival.sh [PARCELS] [RUNS]     needs ../shared/bench and its setup.sh done; BENCH_DIR as there
set -euo pipefail
cd "$(dirname "$0")/.."
parcels=${1:-100000}; runs=${2:-5}
bench=../shared/bench
python=${BENCH_DIR:-$HOME/.cache/mujun-bench}/venv/bin/python
[ -d "$bench" ] || { echo "skipped: ../shared/bench is not there"; exit 0; }
[ -x "$python" ] || { echo "skipped: run ../shared/bench/setup.sh first"; exit 0; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"$python" "$bench/gen.py" --n "$parcels" --seed 7 --out "$work" --formats geojson >/dev/null
cargo build --release --quiet
mujun=${CARGO_TARGET_DIR:-target}/release/mujun
ours() { "$mujun" survey --parcels "$work/parcels.geojson" --parks "$work/parks.geojson" --districts "$work/districts.geojson" \
  --rulebook comparison --formats parquet --overwrite --quiet -o "$work/ours" >/dev/null; }
theirs() { "$python" "$bench/peer_geopandas.py" --parcels "$work/parcels.geojson" --parks "$work/parks.geojson" \
  --districts "$work/districts.geojson" --out "$work" --mode covers --threads "$(nproc)" >/dev/null; }
export -f ours theirs; export mujun work python bench
measure() { "$python" - "$1" <<'PY'
import os, resource, subprocess, sys, time
t = time.perf_counter()
subprocess.run(["bash", "-c", sys.argv[1]], check=True)
print(f"{time.perf_counter() - t:.3f} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f}")
PY
}
measure ours >/dev/null; measure theirs >/dev/null
"$python" benches/compare.py "$work/ours" "$work/result.parquet"
echo "run  mujun s  MB   GeoPandas s  MB   times as fast  share of memory"
for n in $(seq "$runs"); do
  read -r a am <<<"$(measure ours)"; read -r b bm <<<"$(measure theirs)"
  awk -v n="$n" -v a="$a" -v am="$am" -v b="$b" -v bm="$bm" 'BEGIN { printf "%3d  %7.2f %4d   %10.2f %4d   %13.1f  %14.2f\n", n, a, am, b, bm, b/a, am/bm }'
done
