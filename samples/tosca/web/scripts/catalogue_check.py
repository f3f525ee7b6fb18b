#!/usr/bin/env python3
"""Exit 0 if the database holds exactly the goods asked for."""
import json, os, sqlite3, sys

path = os.path.join(os.environ["folder"], "catalogue.db")
if not os.path.exists(path):
    sys.exit(f"{path} is missing")
try:
    rows = {name for (name,) in sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute("SELECT name FROM goods")}
except sqlite3.Error as fault:
    sys.exit(f"{path}: {fault}")
if rows != set(json.loads(os.environ["goods"])):
    sys.exit(f"the database sells {', '.join(sorted(rows)) or 'nothing'}")
