# Points the link to an earlier edition in one step.
cd -- "$1" || exit 1
[ -d "releases/$2" ] || { echo "the edition $2 is no longer there" >&2 && exit 1; }
new=.newsprint-deploy/current.new
rm -f "$new" && ln -s "releases/$2" "$new" || exit 1
mv -fT "$new" current 2>/dev/null || mv -fh "$new" current 2>/dev/null ||
  { rm -f "$new" && ln -sfn "releases/$2" current; }
