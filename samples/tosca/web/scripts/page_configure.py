#!/usr/bin/env python3
"""Fetches the catalogue from the other host and makes the page."""
import html, json, os, sys, urllib.request

url = os.environ["catalogue_url"]
try:
    with urllib.request.urlopen(url, timeout=5) as answer:
        goods = json.load(answer)
except (OSError, ValueError) as fault:
    sys.exit(f"{url}: {fault}")
folder = os.environ["folder"]
os.makedirs(folder, exist_ok=True)
title = html.escape(os.environ["title"])
rows = "".join(f"<li>{html.escape(good)}</li>" for good in goods)
target = os.path.join(folder, "index.html")
with open(target + ".new", "w") as file:
    file.write(f"<!doctype html><title>{title}</title><h1>{title}</h1><ul>{rows}</ul>\n")
os.replace(target + ".new", target)
