#!/usr/bin/env python3
"""Rows of the measurements, seeded: 20-feature predictions in the shapes that Candor's doors take.

  rows.py templates --out DIR [--rows N]    request bodies whose ids and times are placeholders of fixed width
  rows.py distinct  --out DIR [--rows N]    Arrow bodies of distinct rows, ids and times in place, and the same
                                            rows as one Parquet file by pyarrow's defaults
  rows.py narrow    --out DIR [--rows N]    Arrow bodies of id, time and output_score, placeholders as above

The rows are those of ../shared/bench/gen.py (same seed, same generator; `block` below is its copy, so
that nothing else is needed; where gen.py is there, both are compared). Same arguments, same bytes.
Each folder gets an index.json that names the bodies. Placeholders: PLACE_ID, PLACE_TIME, PLACE_US.
"""
import argparse, importlib.util, json, os, sys
import numpy as np
import pyarrow as pa

SEED = 20260101
BLOCK = 131_072
DAY = 86_400_000_000
T0 = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
NUM = [f"n{i:02d}" for i in range(1, 13)]
CAT = ["c2", "c5", "c20", "c100", "c500", "c2000"]
BOOL = ["b1", "b2"]
FEATURES = NUM + CAT + BOOL
CARD = {"c2": 2, "c5": 5, "c20": 20, "c100": 100, "c500": 500, "c2000": 2000}
PLACE_ID = "########-####-7###-####-############"
PLACE_TIME = "0000-00-00T00:00:00.000000Z"
PLACE_US = 0x7A5C_3E19_0B6D_42F1
BODY_ROWS = {"ndjson": 1_024, "arrow": 16_384, "parquet": 16_384}


def zipf_p(k, s=1.1):
    w = 1.0 / np.arange(1, k + 1) ** s
    return w / w.sum()


def block(i, start, n, total, seed):
    """Rows [start, start+n) of gen.py's reference table."""
    r = np.random.default_rng([seed, 0, i])
    x = {}
    x["n01"] = r.normal(0, 1, n)
    x["n02"] = r.normal(0.0, 1, n)
    x["n03"] = r.lognormal(0, 1, n)
    x["n04"] = r.lognormal(0, 1.0, n)
    x["n05"] = r.exponential(2.0, n)
    x["n06"] = r.pareto(1.5, n) + 1.0
    x["n07"] = r.standard_t(2.5, n)
    x["n08"] = r.random(n)
    x["n09"] = np.where(r.random(n) < 0.4, r.normal(-3, 0.5, n), r.normal(2, 1, n))
    x["n10"] = r.poisson(3.0, n).astype(np.float64)
    x["n11"] = r.gamma(2.0, 3.0, n)
    x["n12"] = np.where(r.random(n) < 0.35, 0.0, np.round(r.gamma(1.2, 40.0, n), 2))
    codes = {c: np.searchsorted(np.cumsum(zipf_p(CARD[c])), r.random(n)).clip(0, CARD[c] - 1) for c in CAT}
    b1, b2 = r.random(n) < 0.3, r.random(n) < 0.7
    z = (0.8 * x["n02"] + 0.5 * np.log(x["n04"]) - 0.3 * x["n09"] / 2 + 1.2 * (x["n08"] - 0.5)
         + 0.4 * b1 + 0.02 * (codes["c20"] - 5) + r.normal(0, 0.5, n))
    score = 1.0 / (1.0 + np.exp(-z))
    label = (r.random(n) < score ** 1.15).astype(np.int8)
    ts = T0 + ((np.arange(start, start + n) + r.random(n)) * (30 * DAY / total)).astype(np.int64)
    cols = {"ts": pa.array(ts, pa.timestamp("us", tz="UTC"))}

    def strings(prefix, code, k):
        vocab = pa.array([f"{prefix}{v:04d}" for v in range(k)])
        return pa.DictionaryArray.from_arrays(pa.array(code, pa.int32()), vocab).cast(pa.string())
    cols["model_version"] = strings("v", np.minimum((ts - T0) // DAY // 10, 2), 3)
    cols["region"] = strings("region-", np.searchsorted(np.cumsum(zipf_p(5, 0.7)), r.random(n)).clip(0, 4), 5)
    cols["segment"] = strings("segment-", np.searchsorted(np.cumsum(zipf_p(8, 0.5)), r.random(n)).clip(0, 7), 8)
    for c in NUM:
        cols[c] = pa.array(x[c], mask=r.random(n) < 0.02)
    for c in CAT:
        cols[c] = strings(c + "_", codes[c], CARD[c] + 50)
    cols["b1"], cols["b2"] = pa.array(b1), pa.array(b2)
    cols["score"] = pa.array(score)
    cols["pred"] = pa.array((score >= 0.5).astype(np.int8))
    cols["label"] = pa.array(label)
    return pa.table(cols)


def compare_with_gen():
    """gen.py is the norm: where it is there, this file's rows must be its rows."""
    shared = os.environ.get("CANDOR_SHARED") or os.path.join(os.path.dirname(__file__), "..", "..", "shared")
    path = os.path.join(shared, "bench", "gen.py")
    if not os.path.exists(path):
        return
    spec = importlib.util.spec_from_file_location("gen", path)
    gen = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gen)
    if not gen.block("ref", 0, 0, 1000, 1000, SEED).equals(block(0, 0, 1000, 1000, SEED)):
        sys.exit(f"{path} makes other rows than {__file__}: bring them into line")


def rows(total):
    """All rows, as predictions in flattened names; the label comes later in real life, so it stays out."""
    for i, start in enumerate(range(0, total, BLOCK)):
        t = block(i, start, min(BLOCK, total - start), total, SEED)
        cols = {"time": t["ts"], "version": t["model_version"], "segment_region": t["region"],
                "segment_tier": t["segment"], **{f"input_{c}": t[c] for c in FEATURES},
                "output_score": t["score"], "output_class": t["pred"].cast(pa.string())}
        yield pa.table(cols).combine_chunks()


def with_places(t):
    """Ids and times as placeholders that the load driver finds and overwrites."""
    n = t.num_rows
    ids = pa.array([PLACE_ID]).take(pa.array(np.zeros(n, np.int64)))
    us = pa.array(np.full(n, PLACE_US, np.int64)).view(pa.timestamp("us", tz="UTC"))
    if "time" in t.column_names:
        t = t.drop_columns(["time"])
    return t.add_column(0, "id", ids).add_column(1, "time", us)


def with_ids(t, r):
    """UUIDv7 of each row's own time."""
    ms = t["time"].cast(pa.int64()).to_numpy() // 1000
    a, b = r.integers(0, 1 << 12, len(ms)), r.integers(0, 1 << 62, len(ms))
    ids = [f"{m >> 16:08x}-{m & 0xffff:04x}-7{x:03x}-{0x8000 | (y >> 48) & 0x3fff:04x}-{y & 0xffffffffffff:012x}"
           for m, x, y in zip(ms.tolist(), a.tolist(), b.tolist())]
    return t.add_column(0, "id", pa.array(ids))


def ndjson(t):
    sep = (",", ":")
    out = []
    inputs = t.select([f"input_{c}" for c in FEATURES]).rename_columns(FEATURES).to_pylist()
    rest = t.select(["version", "segment_region", "segment_tier", "output_score", "output_class"]).to_pylist()
    for x, y in zip(inputs, rest):
        out.append(json.dumps({
            "id": PLACE_ID, "time": PLACE_TIME, "version": y["version"],
            "segments": {"region": y["segment_region"], "tier": y["segment_tier"]}, "inputs": x,
            "outputs": {"score": y["output_score"], "class": y["output_class"]}}, separators=sep))
    return ("\n".join(out) + "\n").encode()


def arrow(t):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, t.schema) as w:
        for b in t.combine_chunks().to_batches():
            w.write_batch(b)
    return sink.getvalue()


def parquet(t):
    """pyarrow's defaults, but ids and times plain and without statistics, since they are overwritten."""
    import pyarrow.parquet as pq
    plain = {"id", "time"}
    sink = pa.BufferOutputStream()
    pq.write_table(t, sink, use_dictionary=[c for c in t.column_names if c not in plain], write_statistics=False,
                   compression={c: "none" if c in plain else "snappy" for c in t.column_names})
    return sink.getvalue()


class Folder:
    """Bodies of one kind and their index."""
    def __init__(self, out, name):
        self.path = os.path.join(out, name)
        os.makedirs(self.path, exist_ok=True)
        self.bodies = []

    def add(self, body, n):
        name = f"{len(self.bodies):05d}"
        with open(os.path.join(self.path, name), "wb") as f:
            f.write(body)
        self.bodies.append({"file": name, "rows": n, "bytes": len(body)})

    def close(self, **more):
        index = {"rows": sum(b["rows"] for b in self.bodies), "bytes": sum(b["bytes"] for b in self.bodies), "bodies": self.bodies, **more}
        with open(os.path.join(self.path, "index.json"), "w") as f:
            json.dump(index, f)
        print(f"{self.path}: {len(self.bodies)} bodies, {index['rows']} rows, {index['bytes'] / index['rows']:.1f} bytes a row", flush=True)


def templates(out, total):
    make = {"ndjson": ndjson, "arrow": arrow, "parquet": parquet}
    folders = {k: Folder(out, k) for k in make}
    for t in rows(total):
        places = with_places(t)
        for kind, n in BODY_ROWS.items():
            for at in range(0, t.num_rows, n):
                part = places.slice(at, n)
                folders[kind].add(make[kind](part), part.num_rows)
    for f in folders.values():
        f.close()


def distinct(out, total):
    import pyarrow.parquet as pq
    r = np.random.default_rng([SEED, 8])
    folder = Folder(out, "distinct")
    all_rows = []
    for t in rows(total):
        t = with_ids(t, r)
        all_rows.append(t)
        for at in range(0, t.num_rows, 16_384):
            part = t.slice(at, 16_384)
            folder.add(arrow(part), part.num_rows)
    path = os.path.join(out, "distinct", "pyarrow.parquet")
    t = pa.concat_tables(all_rows)
    pq.write_table(t, path)
    size = os.path.getsize(path)
    pq.write_table(t.drop_columns(["id"]), path)
    folder.close(pyarrow_bytes=size, pyarrow_bytes_without_id=os.path.getsize(path))
    os.remove(path)


def narrow(out, total):
    r = np.random.default_rng([SEED, 9])
    folder = Folder(out, "narrow")
    for at in range(0, total, 65_536):
        n = min(65_536, total - at)
        folder.add(arrow(with_places(pa.table({"output_score": pa.array(r.beta(2.0, 5.0, n))}))), n)
    folder.close()


if __name__ == "__main__":
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("what", choices=["templates", "distinct", "narrow"])
    a.add_argument("--out", required=True)
    a.add_argument("--rows", type=int)
    o = a.parse_args()
    compare_with_gen()
    if o.what == "templates":
        templates(o.out, o.rows or 262_144)
    elif o.what == "distinct":
        distinct(o.out, o.rows or 2_000_000)
    else:
        narrow(o.out, o.rows or 1_048_576)
