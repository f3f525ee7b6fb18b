#!/usr/bin/env python3
"""Makes the catalogue's database: one row per good. May run again at any time."""
import json, os, sqlite3

folder = os.environ["folder"]
os.makedirs(folder, exist_ok=True)
with sqlite3.connect(os.path.join(folder, "catalogue.db")) as db:
    db.execute("CREATE TABLE IF NOT EXISTS goods (name TEXT PRIMARY KEY)")
    db.execute("DELETE FROM goods")
    db.executemany("INSERT INTO goods VALUES (?)", [(good,) for good in json.loads(os.environ["goods"])])
