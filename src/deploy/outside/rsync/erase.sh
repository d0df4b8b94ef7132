# Deletes the notes of the list.
cd -- "$1" 2>/dev/null || exit 0
while IFS= read -r name; do rm -f -- "./$name" || exit 1; done
