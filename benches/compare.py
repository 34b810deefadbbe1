"""Holds a survey made with comparison.toml against another engine's result, parcel by parcel.

usage: compare.py SURVEY_FOLDER RIVAL.parquet
The rival's columns: parcel_id, area_mu, park_id, park_share, district_code, score, inefficient. Exit code 1 when one parcel
differs in park, district or listed flag, or areas and scores differ by more than the spread between the rivals themselves.
"""
import sys

import numpy as np
import pandas as pd

AREA_SPREAD = 9e-6  # relative; each engine has its own area formula
SCORE_SPREAD = 9e-5

ours = pd.read_parquet(f"{sys.argv[1]}/parcels.parquet", columns=["parcel_id", "area_mu", "park_id", "park_share", "district_code", "score", "listed"])
theirs = pd.read_parquet(sys.argv[2], columns=["parcel_id", "area_mu", "park_id", "park_share", "district_code", "score", "inefficient"])
ours, theirs = ours.set_index("parcel_id").sort_index(), theirs.set_index("parcel_id").sort_index()
if list(ours.index) != list(theirs.index):
    sys.exit("the two results are not about the same parcels")


def different(a, b):
    return int((a.fillna("-").astype(str) != b.fillna("-").astype(str)).sum())


def largest(difference):
    return float(np.nanmax(np.abs(difference.to_numpy(dtype=float))))


found = {
    "parcels": len(ours),
    "park differs": different(ours.park_id, theirs.park_id),
    "district differs": different(ours.district_code, theirs.district_code),
    "listed differs": different(ours.listed, theirs.inefficient),
    "unscored differs": int((ours.score.isna() != theirs.score.isna()).sum()),
    "largest relative area difference": largest(ours.area_mu / theirs.area_mu - 1),
    "largest park share difference": largest(ours.park_share.fillna(0) - theirs.park_share.fillna(0)),
    "largest score difference": largest(ours.score - theirs.score),
}
for name, value in found.items():
    print(f"{name:36} {value:.3g}" if isinstance(value, float) else f"{name:36} {value}")
agree = not any(found[name] for name in found if name.endswith(" differs"))
agree &= found["largest relative area difference"] <= AREA_SPREAD and found["largest score difference"] <= SCORE_SPREAD
print("they agree" if agree else "THEY DIFFER")
sys.exit(0 if agree else 1)
