#!/bin/sh
# Exit 0 if the page is there and bears its title.
[ -s "$folder/index.html" ] || { echo "$folder/index.html is missing"; exit 1; }
grep -qF "<h1>$title</h1>" "$folder/index.html" || { echo "the page has another title"; exit 1; }
