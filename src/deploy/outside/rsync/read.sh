# Each note of the list: its length on a line and its bytes, or -1.
while IFS= read -r name; do
  if [ -f "$1/$name" ]; then
    wc -c <"$1/$name"
    cat "$1/$name" </dev/null
  else
    echo -1
  fi
done
