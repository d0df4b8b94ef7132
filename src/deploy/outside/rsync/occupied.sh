# For each name of the list whether there is something.
while IFS= read -r name; do
  if [ -e "$1/$name" ] || [ -L "$1/$name" ]; then echo 1; else echo 0; fi
done
