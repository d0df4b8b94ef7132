# The editions that are kept.
cd -- "$1/.newsprint-deploy/editions" 2>/dev/null || exit 0
for note in *.json; do
  id=${note%.json}
  if [ "$2" = plain ] || [ -d "../../releases/$id" ]; then echo "$id"; fi
done
