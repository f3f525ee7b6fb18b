#!/bin/sh
# Exit 0 if the export is there and no older than the database.
export=$folder/public/catalogue.json
[ -s "$export" ] || { echo "$export is missing"; exit 1; }
[ -z "$(find "$folder/catalogue.db" -newer "$export")" ] || { echo "$export is older than the database"; exit 1; }
