# Files that are there and not ours.
cd -- "$1" 2>/dev/null || exit 0
if [ "$2" = plain ]; then
  find . -path ./.newsprint-deploy -prune -o ! -type d -print | head -n "$3"
else
  find . \( -path ./.newsprint-deploy -o -path ./releases \) -prune -o ! -type d -print | head -n "$3"
fi
