# Deletes the files of the list, and folders that are empty then.
cd -- "$1" 2>/dev/null || exit 0
while IFS= read -r name; do
  rm -f -- "./$name" || exit 1
  while case $name in */*) true ;; *) false ;; esac; do
    name=${name%/*}
    rmdir -- "./$name" 2>/dev/null || break
  done
done
