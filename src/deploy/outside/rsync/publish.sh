# Gives the edition in the making its name, and points the link to it in one step.
cd -- "$1" || exit 1
mkdir -p .newsprint-deploy/begun && printf %s "$3" >".newsprint-deploy/begun/$2" || exit 1
if [ -d "releases/.part-$2" ]; then mv -- "releases/.part-$2" "releases/$3" || exit 1; fi
new=.newsprint-deploy/current.new
rm -f "$new" && ln -s "releases/$3" "$new" || exit 1
mv -fT "$new" current 2>/dev/null || mv -fh "$new" current 2>/dev/null ||
  { rm -f "$new" && ln -sfn "releases/$3" current; } || exit 1
rm -f ".newsprint-deploy/begun/$2"
