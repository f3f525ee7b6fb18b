#!/usr/bin/env python3
"""Exports the goods as JSON into the folder that is served. Tells how many there are."""
import json, os, sqlite3

folder = os.environ["folder"]
public = os.path.join(folder, "public")
os.makedirs(public, exist_ok=True)
with sqlite3.connect(os.path.join(folder, "catalogue.db")) as db:
    goods = [name for (name,) in db.execute("SELECT name FROM goods ORDER BY name")]
target = os.path.join(public, "catalogue.json")
with open(target + ".new", "w") as file:
    json.dump(goods, file)
os.replace(target + ".new", target)
with open(os.environ["KHOR_OUTPUT"], "a") as output:
    output.write(f"count={len(goods)}\n")
